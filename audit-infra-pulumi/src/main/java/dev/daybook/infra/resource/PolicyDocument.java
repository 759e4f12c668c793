package dev.daybook.infra.resource;

import com.pulumi.core.Output;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Policy documents of AWS. What a statement is about is always said by name, see {@code
 * StackPolicyTest}.
 */
public final class PolicyDocument {

    private static final String VERSION = "2012-10-17";

    private PolicyDocument() {}

    /**
     * Something that is allowed.
     *
     * @param sid a word for it, which AWS shows where it refuses
     * @param actions what may be done
     * @param resources to what
     * @param condition when, or empty for always
     */
    public record Allow(
            String sid,
            List<String> actions,
            List<Output<String>> resources,
            Map<String, Object> condition) {

        public Allow(String sid, List<String> actions, List<Output<String>> resources) {
            this(sid, actions, resources, Map.of());
        }
    }

    /** Returns a role's policy. */
    public static Output<String> of(List<Allow> statements) {
        List<Output<String>> all = new ArrayList<>();
        statements.forEach(statement -> all.addAll(statement.resources()));
        return Output.all(all)
                .applyValue(
                        arns -> {
                            List<Object> written = new ArrayList<>();
                            int next = 0;
                            for (Allow statement : statements) {
                                List<String> mine =
                                        List.copyOf(
                                                arns.subList(
                                                        next, next + statement.resources().size()));
                                next += mine.size();
                                Map<String, Object> json =
                                        Json.object(
                                                "Sid",
                                                statement.sid(),
                                                "Effect",
                                                "Allow",
                                                "Action",
                                                statement.actions(),
                                                "Resource",
                                                mine);
                                if (!statement.condition().isEmpty()) {
                                    json.put("Condition", statement.condition());
                                }
                                written.add(json);
                            }
                            return document(written);
                        });
    }

    /**
     * Returns who may take a role: a service, and only for this account, so that it cannot be
     * talked into using the role for someone else.
     */
    public static String trust(String service, String accountId) {
        return document(
                List.of(
                        Json.object(
                                "Effect",
                                "Allow",
                                "Principal",
                                Json.object("Service", service),
                                "Action",
                                "sts:AssumeRole",
                                "Condition",
                                Json.object(
                                        "StringEquals",
                                        Json.object("aws:SourceAccount", accountId)))));
    }

    /**
     * Returns who may take a role, for a service that is not known to say on whose behalf it asks.
     */
    public static String trust(String service) {
        return document(
                List.of(
                        Json.object(
                                "Effect",
                                "Allow",
                                "Principal",
                                Json.object("Service", service),
                                "Action",
                                "sts:AssumeRole")));
    }

    /** Returns a document of statements that are given whole. */
    public static String document(List<? extends Object> statements) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("Version", VERSION);
        document.put("Statement", statements);
        return Json.text(document);
    }
}
