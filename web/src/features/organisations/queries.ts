import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answerOf, api, given } from "@/api/client";
import { PAGE_SIZE } from "@/api/page";
import type { CreateOrganisation, Organisation, UpdateOrganisation } from "@/api/schema";

/** What all that is read of organisations is kept under. */
export const ORGANISATIONS = ["organisations"] as const;

/** Organisations by name: all of them, or those whose name begins so. */
export const organisationsQuery = (search: string | undefined) =>
  infiniteQueryOptions({
    queryKey: [...ORGANISATIONS, "list", search ?? ""],
    queryFn: ({ pageParam, signal }) => {
      const query = given({ search, cursor: pageParam, limit: PAGE_SIZE });
      return answerOf(api.GET("/api/v1/organisations", { params: { query }, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: { next_cursor?: string | null }) => last.next_cursor ?? undefined,
  });

/** One organisation. */
export const organisationQuery = (id: string) =>
  queryOptions({
    queryKey: [...ORGANISATIONS, "one", id],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/organisations/{id}", { params: { path: { id } }, signal })),
  });

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
