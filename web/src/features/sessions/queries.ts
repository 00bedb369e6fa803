import { queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "@/api/client";

/** Whose sessions and devices: a user's by id, or one's own. */
export type Whose = string | undefined;

export const sessionsQuery = (whose: Whose) =>
  queryOptions({
    queryKey: ["sessions", whose ?? "own"],
    queryFn: ({ signal }) =>
      answerOf(
        whose === undefined
          ? api.GET("/api/v1/auth/sessions", { signal })
          : api.GET("/api/v1/auth/admin/users/{id}/sessions", { params: { path: { id: whose } }, signal }),
      ),
  });

export const devicesQuery = (whose: Whose) =>
  queryOptions({
    queryKey: ["devices", whose ?? "own"],
    queryFn: ({ signal }) =>
      answerOf(
        whose === undefined
          ? api.GET("/api/v1/auth/devices", { signal })
          : api.GET("/api/v1/auth/admin/users/{id}/devices", { params: { path: { id: whose } }, signal }),
      ),
  });

export const endSession = (whose: Whose, session: string) =>
  whose === undefined
    ? api.DELETE("/api/v1/auth/sessions/{id}", { params: { path: { id: session } } })
    : api.DELETE("/api/v1/auth/admin/users/{id}/sessions/{session_id}", {
        params: { path: { id: whose, session_id: session } },
      });

/** Ends all sessions of a user, or one's own but for this one; how many there were. */
export const endSessions = async (whose: Whose) => {
  const answer =
    whose === undefined
      ? api.DELETE("/api/v1/auth/sessions", { params: { query: { keep_current: true } } })
      : api.DELETE("/api/v1/auth/admin/users/{id}/sessions", { params: { path: { id: whose } } });
  return (await answerOf(answer)).ended;
};

export type DeviceOrder = "block" | "unblock" | "distrust" | "forget";

/** Does something with a device. Only its owner stops trusting it. */
export function orderDevice(whose: Whose, device: string, order: DeviceOrder) {
  if (whose === undefined) {
    const params = { params: { path: { id: device } } };
    if (order === "block") return api.PUT("/api/v1/auth/devices/{id}/block", params);
    if (order === "unblock") return api.DELETE("/api/v1/auth/devices/{id}/block", params);
    if (order === "distrust") return api.DELETE("/api/v1/auth/devices/{id}/trust", params);
    return api.DELETE("/api/v1/auth/devices/{id}", params);
  }
  const params = { params: { path: { id: whose, device_id: device } } };
  if (order === "block") return api.PUT("/api/v1/auth/admin/users/{id}/devices/{device_id}/block", params);
  if (order === "unblock") return api.DELETE("/api/v1/auth/admin/users/{id}/devices/{device_id}/block", params);
  return api.DELETE("/api/v1/auth/admin/users/{id}/devices/{device_id}", params);
}

export const renameDevice = (device: string, name: string) =>
  api.PATCH("/api/v1/auth/devices/{id}", { params: { path: { id: device } }, body: { name } });
