// What a client does with the types that are made of the description: each line holds that the types fit the answers.
import type { components, paths } from "./api";

type Answer<Path extends keyof paths> = paths[Path] extends {
    get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
    ? Body
    : never;
type Entry = components["schemas"]["Entry"];

export function newestPrice(page: Answer<"/api/v1/entries">): unknown {
    return page.data[0]?.after?.["price"];
}

export function nextPage(page: Answer<"/api/v1/entities/{table}/{key}/history">): string | null {
    return page.next_cursor;
}

export function isComplete(page: Answer<"/api/v1/rejected">): boolean {
    return page.coverage.complete_until !== null;
}

export function who(entry: Entry): string {
    return `${entry.actor.id ?? "nobody"} as ${entry.actor.login_role ?? "unknown"}: ${entry.reason ?? ""}`;
}

export function columnsOf(state: Answer<"/api/v1/entities/{table}/{key}/state">): string[] {
    return state.row === null ? [] : Object.keys(state.row).concat(state.unknown_columns);
}

export function isKnown(problem: components["schemas"]["Problem"]): boolean {
    return problem.type !== "urn:daybook:problem:unknown-table";
}

export const change: Entry["changes"][number] = {
    field: "tags",
    from: { nested: ["x", 1.5, null] },
    to: null,
    from_origin: "before-image",
};

export const lastPage: Answer<"/api/v1/entries"> = {
    data: [],
    next_cursor: null,
    coverage: { complete_until: null, gaps: [] },
};
