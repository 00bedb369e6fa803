import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { ConsoleFlow } from "@/api/schema";
import { showPage } from "@/lib/show-page";
import { bring } from "@/lib/step-up-window";
import { given, stubPasskeys, wrongFields } from "@/lib/stub-passkeys";
import { SignInSteps } from "./sign-in-steps";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const flow = (next: ConsoleFlow["next"], methods: ConsoleFlow["methods"], more: Partial<ConsoleFlow> = {}) => ({
  next,
  methods,
  expires_in: 600,
  ...more,
});
const ENROLMENT = flow("enrol_second_factor", ["totp", "passkey_enrolment"], { trust_days: 30 });
const SESSION = { user_id: "0190", email: "ada@example.org" };
const KEY = {
  secret: "JBSWY3DPEHPK3PXP",
  url: "otpauth://totp/x",
  qr_svg: "<svg xmlns='http://www.w3.org/2000/svg'/>",
};

/** Shows a sign-in that needs a step; `answers` are given to its steps, one after the other, and a session in the end. */
function show(first: ConsoleFlow, ...answers: (ConsoleFlow | Response)[]) {
  const steps: [string, unknown][] = [];
  const visits: { provider: string; state: string }[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const path = new URL(request.url).pathname.replace("/console/session/", "");
    if (path === "provider-visit") {
      visits.push(await request.json());
      return Response.json({ url: "https://id.example/there" });
    }
    if (path.endsWith("-options")) return Response.json({ public_key: { challenge: path } });
    if (path === "totp-enrolment") return Response.json(KEY);
    steps.push([path.replace("steps/", ""), await request.json()]);
    const answer = answers.shift() ?? SESSION;
    return answer instanceof Response ? answer : Response.json(answer);
  });
  const onDone = vi.fn();
  showPage(() => <SignInSteps flow={first} onDone={onDone} over="Begin again" />, "/sign-in");
  const isDone = () => vi.waitFor(() => expect(onDone).toHaveBeenCalledWith(SESSION));
  return { steps, visits, isDone };
}

/** A browser with a passkey; what it gives says what it was asked for. */
const withPasskeys = () => {
  const answer = ({ publicKey }: { publicKey: unknown }) => given((publicKey as { challenge: string }).challenge);
  stubPasskeys({ get: answer, create: answer });
};
const PROVED = { id: "passkey-options" };
const MADE = { id: "passkey-enrolment-options" };

const press = async (name: string) => userEvent.click(await screen.findByRole("button", { name }));
const trust = async () => userEvent.click(await screen.findByRole("checkbox"));
const typeCode = async (label: string, code: string) =>
  userEvent.type(await screen.findByLabelText(label), `${code}{Enter}`);

it("ask for a passkey where there is no app, and trust the browser when told to", async () => {
  withPasskeys();
  const { steps, isDone } = show(flow("second_factor", ["passkey", "backup_code"], { trust_days: 30 }));
  await userEvent.click(await screen.findByLabelText("Trust this browser: ask for no passkey here for 30 days"));
  await press("Use a passkey");
  await isDone();
  expect(steps).toEqual([["passkey", { credential: PROVED, trust_device: true }]]);
});

it("trust no browser unless told to, and offer it only where it can be", async () => {
  withPasskeys();
  const { steps, isDone } = show(flow("second_factor", ["passkey"]));
  await press("Use a passkey");
  await isDone();
  expect(screen.queryByRole("checkbox")).toBeNull();
  expect(screen.queryByRole("button", { name: /backup code/ })).toBeNull();
  expect(steps).toEqual([["passkey", { credential: PROVED }]]);
});

it("take a backup code instead of a passkey", async () => {
  withPasskeys();
  const { steps, isDone } = show(flow("second_factor", ["passkey", "backup_code"], { trust_days: 1 }));
  await press("No passkey at hand? Use a backup code");
  await userEvent.click(screen.getByLabelText("Trust this browser: ask for no code here for 1 day"));
  await typeCode("Backup code", " AAAAA-BBBBB ");
  await isDone();
  expect(steps).toEqual([["backup-code", { code: "AAAAA-BBBBB", trust_device: true }]]);
});

it("take a backup code at once in a browser without passkeys", async () => {
  const { steps, isDone } = show(flow("second_factor", ["passkey", "backup_code"]));
  await typeCode("Backup code", "AAAAA-BBBBB");
  await isDone();
  expect(screen.queryByRole("button", { name: /passkey/ })).toBeNull();
  expect(steps).toEqual([["backup-code", { code: "AAAAA-BBBBB" }]]);
});

it("ask for another browser where a passkey is the only way and this one does not support them", async () => {
  show(flow("second_factor", ["passkey"]));
  expect(await screen.findByText(/this browser does not support passkeys. Use one that does/)).toBeTruthy();
  expect(screen.queryByRole("button")).toBeNull();
});

it("say that an IP address is why a passkey that is the only way cannot be used", async () => {
  withPasskeys();
  vi.stubGlobal("location", { ...location, hostname: "127.0.0.1" });
  show(flow("second_factor", ["passkey"]));
  expect(await screen.findByText(/browsers use none at an IP address. Open the console by its name/)).toBeTruthy();
  expect(screen.queryByRole("button")).toBeNull();
});

it("say why a passkey was not taken, and let it be tried again", async () => {
  withPasskeys();
  const { steps, isDone } = show(flow("second_factor", ["passkey"]), wrongFields("credential"));
  await press("Use a passkey");
  expect(await screen.findByText("This passkey does not open this account")).toBeTruthy();
  await press("Use a passkey");
  await isDone();
  expect(steps).toHaveLength(2);
});

it("take a code of the app, or a backup code, and say what is wrong with it", async () => {
  const { steps, isDone } = show(flow("second_factor", ["totp", "backup_code"]), wrongFields("code"));
  await typeCode("Code of your authenticator app", "111222");
  expect(await screen.findByText("The code is not right.")).toBeTruthy();
  await press("No app at hand? Use a backup code");
  await press("Use the app after all");
  await press("No app at hand? Use a backup code");
  await typeCode("Backup code", "AAAAA-BBBBB");
  await isDone();
  expect(steps.map(([step]) => step)).toEqual(["totp", "backup-code"]);
});

it.each([
  ["trust the browser", true, { credential: PROVED, trust_device: true }],
  ["do not trust the browser unless told to", false, { credential: PROVED }],
])("take a passkey beside an app, and %s", async (_what, trusts, sent) => {
  withPasskeys();
  const { steps, isDone } = show(flow("second_factor", ["totp", "passkey", "backup_code"], { trust_days: 30 }));
  if (trusts) await trust();
  await press("Use a passkey instead");
  await isDone();
  expect(steps).toEqual([["passkey", sent]]);
});

it("take a passkey instead of the password", async () => {
  withPasskeys();
  const { steps, isDone } = show(flow("first_factor", ["password", "passkey"]));
  await press("Use a passkey instead");
  await isDone();
  expect(steps).toEqual([["passkey", { credential: PROVED }]]);
});

it("say of a password what the server says of it, whatever it names", async () => {
  show(flow("first_factor", ["password"]), wrongFields("credential"));
  await userEvent.type(await screen.findByLabelText("Password"), "three bright stars{Enter}");
  expect((await screen.findByRole("alert")).textContent).toContain("Some fields are not valid");
});

it("set an app up, and show the backup codes until they are kept", async () => {
  const kept = flow("keep_backup_codes", [], { backup_codes: { codes: ["AAAAA-BBBBB"] } });
  const { steps, isDone } = show(ENROLMENT, kept);
  expect(await screen.findByText("JBSW Y3DP EHPK 3PXP")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Set up a passkey instead" })).toBeNull();
  await typeCode("Code of your authenticator app", "111222");
  expect(await screen.findByText("AAAAA-BBBBB")).toBeTruthy();
  expect(steps).toEqual([["totp", { code: "111222" }]]);
  await press("I have kept them");
  await isDone();
  expect(steps[1]).toEqual(["kept-backup-codes", {}]);
});

it.each([
  ["trust the browser", true, { credential: MADE, trust_device: true }],
  ["do not trust the browser unless told to", false, { credential: MADE }],
])("set a passkey up instead of an app, and %s", async (_what, trusts, sent) => {
  withPasskeys();
  const { steps, isDone } = show(ENROLMENT);
  if (trusts) await trust();
  await press("Set up a passkey instead");
  await isDone();
  expect(steps).toEqual([["passkey-enrolment", sent]]);
});

it("say of a passkey that could not be set up that it could not", async () => {
  withPasskeys();
  show(ENROLMENT, wrongFields("credential"));
  await press("Set up a passkey instead");
  expect(await screen.findByText("This passkey could not be set up")).toBeTruthy();
});

it("offer no passkey where the server does not", async () => {
  withPasskeys();
  show(flow("enrol_second_factor", ["totp"]));
  expect(await screen.findByLabelText("Code of your authenticator app")).toBeTruthy();
  expect(screen.queryByRole("button", { name: /passkey/ })).toBeNull();
});

const SHOP = { providers: [{ name: "shop", label: "The Shop" }] };

/** A browser whose windows are what `open` gives; where the one that is opened goes. */
function stubWindow(opened: { close: () => void } | null) {
  const replace = vi.fn();
  vi.stubGlobal("open", () => opened && { ...opened, location: { replace } });
  return replace;
}

it("prove somebody at a provider in a window of its own, and go on by what it brings", async () => {
  const replace = stubWindow({ close: vi.fn() });
  const { steps, visits, isDone } = show(flow("first_factor", ["provider"], SHOP));
  await press("Continue with The Shop");
  expect(await screen.findByText(/in the window that has opened/)).toBeTruthy();
  expect(replace).toHaveBeenCalledExactlyOnceWith("https://id.example/there");
  // What another page has begun is not for this one.
  bring("?code=other&state=another");
  bring(`?code=proven&state=${visits[0]?.state}`);
  await isDone();
  expect(visits).toEqual([{ provider: "shop", state: expect.any(String) }]);
  expect(steps).toEqual([["provider", { code: "proven" }]]);
});

it("offer a provider beside the password, and can be begun again when nothing was proven there", async () => {
  stubWindow({ close: vi.fn() });
  const { steps, visits, isDone } = show(flow("first_factor", ["password", "provider"], SHOP));
  expect(await screen.findByLabelText("Password")).toBeTruthy();
  await press("Continue with The Shop");
  await vi.waitFor(() => expect(visits).toHaveLength(1));
  bring(`?error=access_denied&state=${visits[0]?.state}`);
  expect(await screen.findByText("You are back from The Shop.")).toBeTruthy();
  await press("Continue with The Shop");
  await vi.waitFor(() => expect(visits).toHaveLength(2));
  // The visit of before is over.
  bring(`?code=late&state=${visits[0]?.state}`);
  bring(`?code=proven&state=${visits[1]?.state}`);
  await isDone();
  expect(steps).toEqual([["provider", { code: "proven" }]]);
});

it("give the address of the provider where the browser opens no window", async () => {
  stubWindow(null);
  show(flow("first_factor", ["provider"], SHOP));
  await press("Continue with The Shop");
  const link = await screen.findByRole("link", { name: "Open The Shop" });
  expect(link.getAttribute("href")).toBe("https://id.example/there");
  expect(link.getAttribute("target")).toBe("_blank");
});
