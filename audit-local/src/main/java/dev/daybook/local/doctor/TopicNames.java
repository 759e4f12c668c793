package dev.daybook.local.doctor;

import dev.daybook.contract.Topic;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the topics of a deployment are called. Without a name the ingest's defaults are meant, and
 * for changes every topic that begins with {@code changes.}.
 */
public final class TopicNames {

    /** What topics are for. */
    public static final List<String> ROLES =
            List.of(
                    "changes",
                    Topic.Names.ENTRIES,
                    Topic.Names.TRANSACTIONS,
                    Topic.Names.TABLES,
                    Topic.Names.REJECTED);

    private final Map<String, String> names;

    /**
     * @param names the name of a role's topic, where it is not the default
     * @throws InvalidInputException if a role is none
     */
    public TopicNames(Map<String, String> names) {
        for (String role : names.keySet()) {
            if (!ROLES.contains(role)) {
                throw new InvalidInputException(
                        "--topic " + role + "=… names no topic of the pipeline.",
                        "Use one of " + String.join(", ", ROLES) + ".");
            }
        }
        this.names = new HashMap<>(names);
    }

    /** Returns the topics of a role among those that there are; empty if there is none. */
    List<String> of(String role, Iterable<String> there) {
        String name = names.getOrDefault(role, role);
        boolean anySource = role.equals("changes") && !names.containsKey(role);
        List<String> found = new ArrayList<>();
        for (String topic : there) {
            if (anySource ? topic.startsWith(Topic.CHANGES_PREFIX) : topic.equals(name)) {
                found.add(topic);
            }
        }
        found.sort(Comparator.naturalOrder());
        return found;
    }

    /** Returns how a role's topic is spoken of. */
    String label(String role) {
        return names.getOrDefault(
                role, role.equals("changes") ? Topic.changesOf("<source>") : role);
    }
}
