package dev.daybook.domain.history;

import org.jspecify.annotations.Nullable;

/**
 * Who made a change, and why.
 *
 * @param actor who, or null where nothing says it
 * @param source where the actor comes from
 * @param reason why, as the application said it for the transaction, or null
 * @param requestId the application's request, or null
 * @param attributes what else the application said, as raw JSON, or null
 * @param loginRole the database role that was logged in, as the source says it; null where it does
 *     not, and the actor is what the application claims
 */
public record Attribution(
        @Nullable String actor,
        ActorSource source,
        @Nullable String reason,
        @Nullable String requestId,
        @Nullable String attributes,
        @Nullable String loginRole) {

    /** Where an actor comes from. */
    public enum ActorSource {
        /** The transaction's context, as the application set it. */
        CONTEXT,
        /** A configured column of the row. */
        COLUMN,
        /** Nowhere: the entry is unattributed. */
        NONE
    }

    /** Returns the attribution of an entry whose transaction has no context. */
    public static Attribution ofColumn(@Nullable String actor) {
        return new Attribution(
                actor,
                actor == null ? ActorSource.NONE : ActorSource.COLUMN,
                null,
                null,
                null,
                null);
    }

    /**
     * Returns the attribution of an entry whose transaction has a context. The context's actor
     * counts; where it names none, the row's column does.
     */
    public static Attribution ofContext(
            @Nullable String contextActor,
            @Nullable String columnActor,
            @Nullable String reason,
            @Nullable String requestId,
            @Nullable String attributes,
            @Nullable String loginRole) {
        String actor = contextActor != null ? contextActor : columnActor;
        ActorSource source =
                contextActor != null
                        ? ActorSource.CONTEXT
                        : columnActor != null ? ActorSource.COLUMN : ActorSource.NONE;
        return new Attribution(actor, source, reason, requestId, attributes, loginRole);
    }
}
