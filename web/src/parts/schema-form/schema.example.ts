import type { Schema } from "@cfworker/json-schema";

/** A section that has one of each, for tests and for the page that shows the parts. */
export const EXAMPLE: Schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  additionalProperties: false,
  required: ["from"],
  properties: {
    from: {
      type: "string",
      minLength: 1,
      maxLength: 80,
      description: "The sender, such as `ORION <orion@example.com>`.",
    },
    public_url: { type: "string", format: "uri", description: "Where clients reach the gateway." },
    smtp_url: {
      type: "string",
      format: "password",
      default: "",
      description: "Where mail is given to: `smtps://user:password@host`.",
    },
    timeout_ms: {
      type: "integer",
      minimum: 1,
      maximum: 60_000,
      default: 10_000,
      description: "How long one mail may take from connecting to the server until it is given whole, in milliseconds.",
    },
    mails_at_once: {
      type: ["integer", "null"],
      minimum: 1,
      description: "How many mails may leave at the same time. Empty for any number.",
    },
    tracking: { type: "boolean", default: false, description: "Count how many mails are opened." },
    log: {
      description: "How a line of the log looks.",
      default: "auto",
      oneOf: [
        { const: "auto", type: "string", description: "Human on a terminal, JSON otherwise." },
        { const: "json", type: "string", description: "A JSON object a line." },
      ],
    },
    hosts: { type: "array", items: { type: "string", minLength: 2 }, maxItems: 4, description: "Hosts that may send." },
    limit: {
      type: ["object", "null"],
      required: ["requests"],
      description: "How often one address may send.",
      properties: { requests: { type: "integer", minimum: 1, description: "So many in a minute." } },
    },
    providers: {
      type: "object",
      description: "Who else may sign people in.",
      propertyNames: { pattern: "^[a-z][a-z0-9-]*$" },
      additionalProperties: { $ref: "#/$defs/Provider" },
    },
  },
  $defs: {
    Provider: {
      type: "object",
      required: ["client_id", "secret"],
      properties: {
        client_id: { type: "string", minLength: 1, title: "Client id", description: "As the provider gave it." },
        secret: { type: "string", format: "password", minLength: 1, description: "As the provider gave it." },
      },
    },
  },
};

export const EXAMPLE_VALUE = {
  from: "ORION <orion@example.com>",
  public_url: "https://orion.example.com/",
  smtp_url: "masked",
  timeout_ms: 10_000,
  mails_at_once: null,
  tracking: false,
  log: "auto",
  hosts: ["a", "b"].map((name) => `${name}.example.com`),
  limit: null,
  providers: { google: { client_id: "abc" } },
};

/** The secrets that are set. */
export const EXAMPLE_SECRETS = ["smtp_url", "providers.google.secret"];
