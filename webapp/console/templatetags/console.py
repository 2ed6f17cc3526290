"""Times for people."""

from django import template

from console.moments import shown

register = template.Library()
register.filter("moment", shown)
