package dev.daybook.infra.resource;

import dev.daybook.infra.settings.Settings;

import java.util.Map;
import java.util.TreeMap;

/** The tags that everything bears, given to the provider, which puts them on each resource. */
public final class Tags {

    /** Whose it is; costs are summed by it, so it is to be activated as a cost allocation tag. */
    public static final String STACK = "daybook:stack";

    private Tags() {}

    public static Map<String, String> of(Settings settings) {
        return new TreeMap<>(
                Map.of(
                        STACK,
                        settings.stack(),
                        "daybook:profile",
                        settings.profile().name().toLowerCase(java.util.Locale.ROOT),
                        "daybook:source",
                        settings.source().name(),
                        "daybook:managed-by",
                        "pulumi"));
    }
}
