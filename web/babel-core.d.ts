/** What `words.ts` uses of Babel, which comes without types. */
declare module "@babel/core" {
  interface Result {
    code?: string | null;
    map?: import("rolldown").ExistingRawSourceMap | null;
  }
  export function transformAsync(code: string, options: object): Promise<Result | null>;
}
