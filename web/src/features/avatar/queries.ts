import { answerOf, api } from "@/api/client";

/** Whose picture: a user's by their id, or one's own. */
export type Whose = string | undefined;

/** Makes a file somebody's picture; the user with it. */
export async function putPicture(id: Whose, file: File) {
  const bytes = await file.arrayBuffer();
  // The document says that it is bytes, for which the types have no word but a text.
  const sent = {
    body: "",
    bodySerializer: () => bytes,
    headers: { "content-type": "application/octet-stream" },
  };
  return answerOf(
    id === undefined
      ? api.PUT("/api/v1/users/me/avatar", sent)
      : api.PUT("/api/v1/users/{id}/avatar", { params: { path: { id } }, ...sent }),
  );
}

/** Takes somebody's picture away; the user without it. */
export const removePicture = (id: Whose) =>
  answerOf(
    id === undefined
      ? api.DELETE("/api/v1/users/me/avatar")
      : api.DELETE("/api/v1/users/{id}/avatar", { params: { path: { id } } }),
  );
