import { useState } from "react";
import { ApiError } from "@/api/problem";
import { EXAMPLE, EXAMPLE_SECRETS, EXAMPLE_VALUE } from "./schema.example";
import { SchemaForm } from "./schema-form";

export function FormDemo() {
  const [sent, setSent] = useState("");
  const submit = async (changes: Record<string, unknown>) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (changes.timeout_ms === 13) {
      const errors = [
        { field: "mail.timeout_ms", code: "invalid" as const, message: "Not 13: the relay is superstitious." },
      ];
      throw new ApiError({ type: "urn:orion:problem:validation", title: "A field is wrong", status: 422, errors });
    }
    setSent(JSON.stringify(changes, null, 2));
  };
  return (
    <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <SchemaForm
        label="Mail"
        schema={EXAMPLE}
        value={EXAMPLE_VALUE}
        secrets={EXAMPLE_SECRETS}
        prefix="mail"
        onSubmit={submit}
      />
      <div>
        <h3 className="mb-2 text-[0.8125rem] font-medium">What is sent</h3>
        <pre className="rounded-lg border bg-muted p-3 font-mono text-xs break-words whitespace-pre-wrap">
          {sent || "Nothing yet; 13 ms are refused by the server."}
        </pre>
      </div>
    </div>
  );
}
