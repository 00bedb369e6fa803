import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Overview } from "@/api/schema";

export const overviewQuery = queryOptions({
  queryKey: ["overview"],
  queryFn: ({ signal }) => api.get<Overview>("/console/overview", { signal }),
});
