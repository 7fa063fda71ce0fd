import type { Answer } from "../../http/answer.ts";
import type { AdminContext } from "../context.ts";
import { html } from "./html.ts";
import { pageAnswer } from "./layout.ts";

/** Profiles of the control plane, or how to allow them. */
export function pprofPage(context: AdminContext): Answer {
  const isOn = context.config().admin.enablePprof;
  const sources = ["/debug/pprof/profile?seconds=30", "/debug/pprof/heap"];
  return pageAnswer({ path: "/pprof", content: isOn ? links : off, ...(isOn && { sources }) });
}

const links = html`
<p>Both are files for the developer tools of Chrome and Chromium (<em>Performance</em> and <em>Memory</em>, <em>Load profile</em>).</p>
<h2>What takes time</h2>
<form method="get" action="/debug/pprof/profile">
<label>Seconds <input name="seconds" type="number" value="30" min="1" max="300" required></label>
<button>Record a CPU profile</button></form>
<p class="dim">The download begins when the recording is over. The gateway works on meanwhile.</p>
<h2>What takes memory</h2>
<form method="get" action="/debug/pprof/heap"><button>Take a heap snapshot</button></form>
<p class="dim">The control plane stands still while it is taken: a second for each 100 MB or so. Envoys go on serving.
A snapshot holds the contents of Secrets.</p>`;

const off = html`
<p>Profiling is off. This in the configuration file turns it on, without a restart:</p>
<pre tabindex="0" aria-label="Configuration">admin:
  enablePprof: true</pre>`;
