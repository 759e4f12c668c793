import type { paths } from "./api";

type Page = paths["/api/v1/entries"]["get"]["responses"][200]["content"]["application/json"];

export async function priceChanges(daybook: string, key: string): Promise<Page["data"]> {
    const search = "/api/v1/entries?table=public.products&field=price&limit=5&numbers=string";
    const answer = await fetch(daybook + search, { headers: { "X-API-Key": key } });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    return ((await answer.json()) as Page).data;
}
