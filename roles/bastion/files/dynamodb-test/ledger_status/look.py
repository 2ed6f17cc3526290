"""How the status page looks: the colours and type of the sandbox's picture (sandbox/picture/static/picture.css).

This package is installed on its own, so it has a copy; a test holds the two equal.
"""

TOKENS = """\
:root {
  --paper: #f4f6f8; --card: #ffffff; --ink: #17212e; --quiet: #556172; --line: #d8dee6; --sunk: #eef1f5;
  --accent: #1f5fa8; --on-accent: #ffffff; --one: #2a6bb5; --two: #9c5410;
  --ok: #17703a; --late: #8a5a00; --bad: #b3261e;
  --text: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0f141b; --card: #171e27; --ink: #e6ebf2; --quiet: #9ba8b8; --line: #2b3643; --sunk: #1f2833;
    --accent: #7fb5f2; --on-accent: #0d1a2a; --one: #6aa8ee; --two: #eba05c;
    --ok: #6fc78f; --late: #e2b356; --bad: #ff8f85;
  }
}
"""

STYLE = (
    TOKENS
    + """\
*, ::before, ::after { box-sizing: border-box; }
:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 1100px; padding: 16px 20px 32px; background: var(--paper); color: var(--ink);
  font: var(--text); font-variant-numeric: tabular-nums; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 16px; min-height: 56px; padding-top: 8px; }
h1 { margin: 0; font-size: 1.25rem; font-weight: 650; }
header p { margin: 0 0 0 auto; color: var(--quiet); }
section { margin-top: 16px; padding: 12px 16px; background: var(--card); border: 1px solid var(--line);
  border-radius: 10px; overflow-x: auto; }
h2 { margin: 0 0 4px; font-size: 1rem; font-weight: 650; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
th, td { padding: 5px 16px 5px 0; text-align: left; vertical-align: baseline; white-space: nowrap;
  font-weight: inherit; }
th:nth-child(1) { width: 10em; } th:nth-child(2) { width: 17em; } th:nth-child(3) { width: 5em; }
td:last-child { padding-right: 0; white-space: normal; overflow-wrap: anywhere; }
thead th { color: var(--quiet); font-size: .8125rem; border-bottom: 1px solid var(--line); }
.ok { color: var(--ok); } .late { color: var(--late); } .bad { color: var(--bad); }
td.ok, td.late, td.bad, h1 span { font-weight: 600; }
@media (max-width: 700px) {
  body { padding: 8px 12px 24px; }
  header p { margin-left: 0; }
  section { padding: 12px; }
  thead { display: none; }
  tr { display: flex; flex-wrap: wrap; gap: 0 12px; padding: 8px 0; border-top: 1px solid var(--line); }
  td { padding: 0; }
  td:nth-child(3) { margin-left: auto; }
  td:last-child { flex-basis: 100%; color: var(--quiet); }
}
"""
)
