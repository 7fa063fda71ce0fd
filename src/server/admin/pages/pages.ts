import type { Answer } from "../../http/answer.ts";
import type { AdminContext } from "../context.ts";
import { configDumpPage } from "./config-dump.ts";
import { envoysPage } from "./envoys.ts";
import { overviewPage } from "./overview.ts";
import type { ListedEndpoint, PagePath } from "./page-list.ts";
import { pprofPage } from "./pprof.ts";
import { problemsPage } from "./problems.ts";
import { serverInfoPage } from "./server-info.ts";
import { statsPage } from "./stats.ts";
import { statusPage } from "./status.ts";

type PageHandler = (context: AdminContext, url: URL, endpoints: readonly ListedEndpoint[]) => Answer | Promise<Answer>;

/** What each page of the admin server shows. */
export const pageHandlers: Readonly<Record<PagePath, PageHandler>> = {
  "/": overviewPage,
  "/status": statusPage,
  "/envoys": envoysPage,
  "/problems": problemsPage,
  "/config_dump": configDumpPage,
  "/stats": statsPage,
  "/server_info": serverInfoPage,
  "/pprof": pprofPage,
};
