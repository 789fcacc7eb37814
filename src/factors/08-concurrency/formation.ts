/** How many processes of each type an app wants. */
export type Formation = Readonly<Record<string, number>>;
