"""The note that explains an action."""

from django.http import HttpRequest

from console.forms import NoteForm


def note_of(request: HttpRequest) -> tuple[str | None, NoteForm]:
    """The note that a form was sent with; ``None`` and the form to show if there is none, or none that will do."""
    if request.method != "POST":
        return None, NoteForm()
    form = NoteForm(request.POST)
    return (form.cleaned_data["note"], form) if form.is_valid() else (None, form)
