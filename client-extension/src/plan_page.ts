/**
 * A plan as a page: what the run would do, which task gets which files, what is left out, and the choice.
 */

import { l10n } from "vscode";
import type { Run } from "./board";
import type { FileNote, HeldFile, RunDetails, TaskStatus } from "./messages";
import { countFiles, titleOf } from "./runs";

const mostPlaces = 12;

/** Write the page. `nonce` lets its own style and script in, and no other. */
export function planPage(run: Run, plan: RunDetails, nonce: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}';">
<title>${text(l10n.t("Plan"))}</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
<header>
<h1>${text(titleOf(run))}</h1>
<p>${text(summary(run, plan))}</p>
${said(plan.chosen)}
${plan.estimate.map((line) => `<p>${text(line)}</p>`).join("")}
${buttons(run, plan)}
</header>
${held(plan.held)}
<section>
<h2>${text(l10n.t("Who gets which files"))}</h2>
<table>
<thead><tr><th>${text(l10n.t("Task"))}</th><th>${text(l10n.t("Files"))}</th></tr></thead>
<tbody>${plan.tasks.map((task) => row(task, run.state === "asking")).join("")}</tbody>
</table>
${plan.moreTasks ? `<p>${text(l10n.t("and {0} more tasks", plan.moreTasks))}</p>` : ""}
</section>
${left(plan)}
<script nonce="${nonce}">${script}</script>
</body>
</html>`;
}

/** Write what a model said; the lines that are indented belong to the one before them. */
function said(lines: string[]): string {
  return lines.map((line) => `<p${line.startsWith(" ") ? ' class="quiet"' : ""}>${text(line)}</p>`).join("");
}

function summary(run: Run, plan: RunDetails): string {
  const tasks = plan.tasks.filter((task) => task.state !== "skipped").length + plan.moreTasks;
  const files = plan.tasks.filter((task) => task.state !== "skipped").flatMap((task) => task.files).length;
  const shown = plan.moreTasks ? run.files.total : files;
  const parts = [
    tasks === 1 ? l10n.t("{0} in one task.", countFiles(shown)) : l10n.t("{0} in {1} tasks.", countFiles(shown), tasks),
    plan.unchanged ? l10n.t("{0} need no visit: an earlier run left them so.", countFiles(plan.unchanged)) : "",
    plan.estimate.length > 0 ? "" : l10n.t("No model is asked: it costs nothing."),
  ];
  return parts.filter(Boolean).join(" ");
}

function buttons(run: Run, plan: RunDetails): string {
  if (run.state !== "asking") {
    return `<p>${text(l10n.t("This plan has been answered: {0}.", run.state))}</p>`;
  }
  const mine = plan.held.some((file) => file.mine);
  return `<div class="choice" role="group" aria-label="${text(l10n.t("Answer"))}">
<button data-answer="start" class="first" autofocus>${text(l10n.t("Start"))}</button>
${mine ? `<button data-answer="save">${text(l10n.t("Save and Start"))}</button>` : ""}
${plan.held.length > 0 ? `<button data-answer="without">${text(l10n.t("Start Without Them"))}</button>` : ""}
<button data-answer="change">${text(l10n.t("Change..."))}</button>
<button data-answer="cancel">${text(l10n.t("Cancel"))}</button>
</div>`;
}

function held(files: HeldFile[]): string {
  if (files.length === 0) {
    return "";
  }
  const rows = files.map(
    (file) =>
      `<li>${link(file.uri, file.path)} <span class="quiet">${text(file.mine ? l10n.t("you") : file.owner)}</span></li>`,
  );
  return `<section class="held">
<h2>${text(l10n.t("Waits for unsaved text"))}</h2>
<p>${text(l10n.t("These are changed as soon as they are saved. Nothing lands on them before."))}</p>
<ul>${rows.join("")}</ul>
</section>`;
}

function row(task: TaskStatus, asks: boolean): string {
  const out = task.state === "skipped";
  const files = task.files.map((file) => {
    const leave = l10n.t("Leave out {0}", file.path);
    const button =
      asks && !out
        ? ` <button class="small" data-leave="${text(file.uri)}" title="${text(leave)}" aria-label="${text(leave)}">&times;</button>`
        : "";
    return `<li>${link(file.uri, file.path)}${button}</li>`;
  });
  const notes = [
    task.group ? l10n.t("lands with group {0}", task.group) : "",
    task.waitsFor.length > 0 ? l10n.t("after {0}", task.waitsFor.join(", ")) : "",
    out ? l10n.t("left out") : "",
  ].filter(Boolean);
  const note = notes.length > 0 ? `<br><span class="quiet">${text(notes.join(", "))}</span>` : "";
  return `<tr${out ? ' class="out"' : ""}><th scope="row">${text(task.task)}${note}</th><td><ul>${files.join("")}</ul></td></tr>`;
}

function left(plan: RunDetails): string {
  const planned = new Set(plan.tasks.flatMap((task) => task.files.map((file) => file.uri)));
  const byReason = new Map<string, FileNote[]>();
  for (const note of plan.left.filter((one) => !planned.has(one.uri))) {
    byReason.set(note.reason, [...(byReason.get(note.reason) ?? []), note]);
  }
  const parts = [...byReason].map(([reason, alike]) => {
    const more = alike.length - mostPlaces;
    const names = alike.slice(0, mostPlaces).map((note) => link(note.uri, note.path));
    return `<dt>${text(reason)} <span class="quiet">${text(countFiles(alike.length))}</span></dt>
<dd>${names.join(", ")}${more > 0 ? text(` ${l10n.t("and {0} more", more)}`) : ""}</dd>`;
  });
  return parts.length > 0 ? `<section><h2>${text(l10n.t("Left out"))}</h2><dl>${parts.join("")}</dl></section>` : "";
}

function link(uri: string, path: string): string {
  return `<a href="#" data-open="${text(uri)}">${text(path)}</a>`;
}

/** Keep names and prompts from being taken for HTML. */
function text(raw: string): string {
  return raw.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

const style = `
body { max-width: 60rem; margin: 0 auto; padding: 1rem 2rem 3rem; line-height: 1.5; }
h1 { font-size: 1.6em; font-weight: 600; margin: 0.5em 0 0.3em; }
h2 { font-size: 1.15em; font-weight: 600; margin: 1.8em 0 0.5em; }
p { margin: 0.3em 0; }
ul { list-style: none; margin: 0; padding: 0; }
a { color: var(--vscode-textLink-foreground); text-decoration: none; }
a:hover, a:focus { text-decoration: underline; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.35em 1em 0.35em 0; font-weight: normal;
  border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }
thead th { color: var(--vscode-descriptionForeground); }
tbody th { white-space: nowrap; width: 1%; padding-right: 2.5em; }
dt { margin-top: 0.6em; }
dd { margin: 0.1em 0 0; }
.quiet { color: var(--vscode-descriptionForeground); }
.out a { text-decoration: line-through; color: var(--vscode-disabledForeground); }
.held { border-left: 3px solid var(--vscode-charts-yellow); padding-left: 1rem; }
.choice { display: flex; flex-wrap: wrap; gap: 0.6rem; margin-top: 1rem; }
button { font: inherit; padding: 0.35em 1.1em; border-radius: 3px; cursor: pointer;
  border: 1px solid var(--vscode-button-border, transparent);
  color: var(--vscode-button-secondaryForeground); background: var(--vscode-button-secondaryBackground); }
button:hover { background: var(--vscode-button-secondaryHoverBackground); }
button.first { color: var(--vscode-button-foreground); background: var(--vscode-button-background); }
button.first:hover { background: var(--vscode-button-hoverBackground); }
button.small { padding: 0 0.4em; line-height: 1.2; border-color: transparent; background: none;
  color: var(--vscode-descriptionForeground); opacity: 0; }
li:hover button.small, button.small:focus, .vscode-high-contrast button.small { opacity: 1; }
button.small:hover, button.small:focus { color: var(--vscode-errorForeground); }
:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
`;

const script = `
const vscode = acquireVsCodeApi();
document.addEventListener("click", (event) => {
  const found = event.target.closest("[data-answer], [data-leave], [data-open]");
  if (found) {
    event.preventDefault();
    vscode.postMessage({ ...found.dataset });
  }
});
`;
