import { answerOf, api } from "@/api/client";
import type { CreateOrganisation, Organisation, UpdateOrganisation } from "@/api/schema";

export const createOrganisation = (body: CreateOrganisation) => answerOf(api.POST("/api/v1/organisations", { body }));

const seen = ({ id, version }: Organisation) => ({ path: { id }, header: { "If-Match": `"${version}"` } });

/** Changes an organisation, unless somebody else has changed it since this version. */
export const changeOrganisation = (organisation: Organisation, body: UpdateOrganisation) =>
  answerOf(api.PATCH("/api/v1/organisations/{id}", { params: seen(organisation), body }));

export const deleteOrganisation = (organisation: Organisation) =>
  api.DELETE("/api/v1/organisations/{id}", { params: seen(organisation) });

/** Makes a member the owner. */
export const transferOrganisation = (id: string, user: string) =>
  api.POST("/api/v1/organisations/{id}/transfer", { params: { path: { id } }, body: { user_id: user } });
