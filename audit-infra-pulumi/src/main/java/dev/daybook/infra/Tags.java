package dev.daybook.infra;

import java.util.Map;
import java.util.TreeMap;

/** The tags that everything bears, given to the provider, which puts them on each resource. */
final class Tags {

    /** Whose it is; costs are summed by it, so it is to be activated as a cost allocation tag. */
    static final String STACK = "daybook:stack";

    private Tags() {}

    static Map<String, String> of(String stack, Settings settings) {
        return new TreeMap<>(
                Map.of(
                        STACK,
                        stack,
                        "daybook:profile",
                        settings.profile().name().toLowerCase(java.util.Locale.ROOT),
                        "daybook:source",
                        settings.source().name(),
                        "daybook:managed-by",
                        "pulumi"));
    }
}
