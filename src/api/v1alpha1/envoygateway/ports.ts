/** Port of the control plane's admin server unless `admin.address.port` says otherwise. */
export const defaultAdminPort = 19_000;
