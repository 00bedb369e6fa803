import { cleanup, screen } from "@testing-library/react";
import { act, Component, type ReactNode, Suspense } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { render } from "@/lib/show-page";
import { fetchParts, isMissingPart, lazyPart } from "./lazy-part";

/** Shows what was thrown below it. */
class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: undefined };
  static getDerivedStateFromError(error: unknown) {
    return { error };
  }
  override render() {
    return this.state.error ? <p>{isMissingPart(this.state.error) ? "missing" : "broken"}</p> : this.props.children;
  }
}

const Greeting = ({ name }: { name: string }) => <p>Hello {name}</p>;
const show = async (Part: React.ComponentType<{ name: string }>) =>
  act(async () => {
    render(
      <Boundary>
        <Suspense fallback={<p>loading</p>}>
          <Part name="Ada" />
        </Suspense>
      </Boundary>,
    );
  });

beforeEach(() => {
  // React reports what the boundary catches.
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(cleanup);

it("comes when it is first shown, and is loaded once", async () => {
  const load = vi.fn(async () => Greeting);
  const Part = lazyPart(load);
  await show(Part);
  expect(screen.getByText("Hello Ada")).toBeTruthy();
  await Part.preload();
  expect(load).toHaveBeenCalledOnce();
});

it("that could not be loaded says so, and comes when it can be loaded again", async () => {
  const load = vi.fn(async () => Greeting).mockRejectedValueOnce(new TypeError("Failed to fetch"));
  const Part = lazyPart(load);
  await show(Part);
  expect(screen.getByText("missing")).toBeTruthy();
  cleanup();
  await fetchParts();
  await show(Part);
  expect(screen.getByText("Hello Ada")).toBeTruthy();
});
