package dev.daybook.connect.source;

/**
 * A table as a stream describes it, before the first of its changes that needs it.
 *
 * @param id the table's oid
 * @param identity the replica identity: d, i, f or n
 * @param flagged per column, whether it belongs to the replica identity
 * @param types per column, its type's oid
 * @param modifiers per column, its type's modifier, or -1
 */
record Relation(
        int id,
        String schema,
        String table,
        char identity,
        String[] names,
        boolean[] flagged,
        int[] types,
        int[] modifiers) {}
