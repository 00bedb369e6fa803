import { queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "@/api/client";

export const overviewQuery = queryOptions({
  queryKey: ["overview"],
  queryFn: ({ signal }) => answerOf(api.GET("/console/overview", { signal })),
});
