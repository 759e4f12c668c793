package dev.daybook.infra;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.Value;

import dev.daybook.infra.settings.AwsFacts;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** Holds what a run declared to the facts that {@code bin/aws-facts} read about AWS. */
final class AwsRules {

    /** What Pulumi adds to a resource's name where no other is given: a hyphen and seven digits. */
    private static final int ADDED_TO_NAME = 8;

    /** What Terraform's providers add to a prefix. */
    private static final int ADDED_TO_PREFIX = 26;

    /** What is called after the resource itself where its property is not set, by type. */
    private static final Map<String, String> NAMED =
            Map.of(
                    "aws:lb/loadBalancer:LoadBalancer", "name",
                    "aws:lb/targetGroup:TargetGroup", "name",
                    "aws:iam/role:Role", "name",
                    "aws:iam/rolePolicy:RolePolicy", "name",
                    "aws:s3/bucketV2:BucketV2", "bucket",
                    "aws:sns/topic:Topic", "name",
                    "aws:mskconnect/customPlugin:CustomPlugin", "name");

    /** Whose classes and versions a property names: type and property, engine. */
    private static final Map<String, String> CLASSES =
            Map.of(
                    "aws:rds/clusterInstance:ClusterInstance instanceClass", AwsFacts.AURORA,
                    "aws:msk/cluster:Cluster brokerNodeGroupInfo.instanceType", AwsFacts.KAFKA,
                    "aws:dms/replicationInstance:ReplicationInstance replicationInstanceClass",
                            "dms");

    private static final Map<String, String> VERSIONS =
            Map.of(
                    "aws:rds/cluster:Cluster engineVersion", AwsFacts.AURORA,
                    "aws:rds/clusterInstance:ClusterInstance engineVersion", AwsFacts.AURORA,
                    "aws:msk/cluster:Cluster kafkaVersion", AwsFacts.KAFKA,
                    "aws:msk/configuration:Configuration kafkaVersions", AwsFacts.KAFKA,
                    "aws:mskconnect/connector:Connector kafkaconnectVersion", "kafka-connect",
                    "aws:dms/replicationInstance:ReplicationInstance engineVersion", "dms");

    /**
     * Figures of a serverless replication, of which no document says under which dimensions DMS
     * publishes them. The guide says that these alarms are to be looked at.
     */
    private static final Set<String> UNDOCUMENTED =
            Set.of(
                    "AWS/DMS CDCLatencySource [ReplicationTaskIdentifier]",
                    "AWS/DMS CDCLatencyTarget [ReplicationTaskIdentifier]");

    private static final AwsFacts FACTS = AwsFacts.get();
    private static final String REGION = "eu-central-1";

    private final Stacks.Run run;
    private final Set<String> names = new HashSet<>();
    private final List<String> wrong = new ArrayList<>();

    private AwsRules(Stacks.Run run) {
        this.run = run;
        run.resources().forEach(resource -> names.add(resource.name()));
    }

    /** What AWS would refuse, or take without doing what is meant; a sentence each. */
    static List<String> brokenBy(Stacks.Run run) {
        AwsRules rules = new AwsRules(run);
        for (Declared resource : run.resources()) {
            if (resource.type().startsWith("aws:")) {
                rules.properties(resource);
                rules.names(resource);
                rules.versions(resource);
                rules.policies(resource);
                rules.metrics(resource);
            }
        }
        return rules.wrong;
    }

    private void properties(Declared resource) {
        for (List<String> fact : FACTS.of("property")) {
            if (fact.getFirst().equals(resource.type())) {
                each(
                        resource,
                        fact.get(1),
                        (path, value) -> {
                            if (!fits(value, fact.get(2), fact.get(3))) {
                                wrong(resource, path, value, "not of " + fact.get(2), fact.get(3));
                            }
                        });
            }
        }
    }

    private static boolean fits(String value, String rule, String fact) {
        return switch (rule) {
            case "values" -> List.of(fact.split("\\|", -1)).contains(value);
            case "pattern" ->
                    fact.startsWith("^")
                            ? Pattern.compile(fact).matcher(value).find()
                            : Pattern.compile(fact, Pattern.DOTALL).matcher(value).matches();
            case "length" -> within(BigDecimal.valueOf(value.length()), fact);
            case "range" -> within(new BigDecimal(value), fact);
            default -> throw new IllegalStateException("There is no rule " + rule + ".");
        };
    }

    private static boolean within(BigDecimal number, String bounds) {
        int dots = bounds.indexOf("..");
        String least = bounds.substring(0, dots);
        String most = bounds.substring(dots + 2);
        return (least.isEmpty() || number.compareTo(new BigDecimal(least)) >= 0)
                && (most.isEmpty() || number.compareTo(new BigDecimal(most)) <= 0);
    }

    /** A name that Pulumi makes, or a prefix that the provider adds to, may be too long, too. */
    private void names(Declared resource) {
        String property = NAMED.get(resource.type());
        if (property == null || resource.at(property).isPresent()) {
            return;
        }
        String prefix = resource.text(property + "Prefix");
        int length =
                prefix.isEmpty()
                        ? resource.name().length() + ADDED_TO_NAME
                        : prefix.length() + ADDED_TO_PREFIX;
        for (List<String> fact : FACTS.of("property")) {
            if (fact.subList(0, 3).equals(List.of(resource.type(), property, "length"))
                    && !within(BigDecimal.valueOf(length), fact.get(3))) {
                wrong(
                        resource,
                        property,
                        prefix.isEmpty() ? resource.name() + "-1234567" : prefix + "…",
                        "with its " + length + " characters not of length",
                        fact.get(3));
            }
        }
    }

    private void versions(Declared resource) {
        VERSIONS.forEach(
                (property, engine) ->
                        named(
                                resource,
                                property,
                                (path, value) -> {
                                    // A major version alone is the newest of its minor ones.
                                    boolean created =
                                            FACTS.created(engine).stream()
                                                    .anyMatch(
                                                            version ->
                                                                    version.equals(value)
                                                                            || version.startsWith(
                                                                                    value + "."));
                                    if (!created) {
                                        wrong(
                                                resource,
                                                path,
                                                value,
                                                "no version that AWS creates of " + engine,
                                                String.join(" ", FACTS.created(engine)));
                                    }
                                }));
        CLASSES.forEach(
                (property, engine) ->
                        named(
                                resource,
                                property,
                                (path, value) -> {
                                    if (!FACTS.hasClass(engine, value, REGION)) {
                                        wrong(
                                                resource,
                                                path,
                                                value,
                                                "no class of " + engine,
                                                REGION);
                                    }
                                }));
    }

    private void policies(Declared resource) {
        for (String property : List.of("policy", "assumeRolePolicy")) {
            String text = resource.text(property);
            if (text.isEmpty()) {
                continue;
            }
            for (JsonElement element :
                    JsonParser.parseString(text).getAsJsonObject().getAsJsonArray("Statement")) {
                JsonObject statement = element.getAsJsonObject();
                for (String action : strings(statement.get("Action"))) {
                    if (!action.contains("*")) {
                        action(resource, action, strings(statement.get("Resource")));
                    }
                }
            }
        }
    }

    private void action(Declared resource, String action, List<String> on) {
        Optional<List<String>> fact =
                FACTS.of("action").stream()
                        .filter(known -> known.getFirst().equalsIgnoreCase(action))
                        .findFirst();
        if (fact.isEmpty()) {
            wrong(
                    resource,
                    "policy",
                    action,
                    "no action that is known",
                    "write it as IAM does, and run bin/aws-facts if it is new to this program");
            return;
        }
        List<String> arns = List.of(fact.get().get(1).split(" ", -1));
        for (String arn : on) {
            boolean taken =
                    arn.equals("*")
                            || madeByTheMocks(arn)
                            || arns.stream().anyMatch(format -> isLike(arn, format));
            if (!taken) {
                wrong(resource, "policy", action + " on " + arn, "allowed on", arns.toString());
            }
        }
    }

    /** An ARN as the tests' cloud makes it ends in the resource's name and is like no real one. */
    private boolean madeByTheMocks(String arn) {
        String name = arn.replaceFirst("(:\\*|(/\\w+)?/\\*)$", "");
        return names.contains(name.substring(name.lastIndexOf(':') + 1)) || isId(name);
    }

    private boolean isId(String name) {
        return name.endsWith("-id") && names.contains(name.substring(0, name.length() - 3));
    }

    private static boolean isLike(String arn, String format) {
        if (format.equals("*")) {
            return false;
        }
        StringBuilder pattern = new StringBuilder();
        for (String part : format.split("\\*", -1)) {
            pattern.append(pattern.isEmpty() ? "" : ".*").append(Pattern.quote(part));
        }
        return arn.matches(pattern.toString());
    }

    private void metrics(Declared resource) {
        switch (resource.type()) {
            case "aws:cloudwatch/metricAlarm:MetricAlarm" -> {
                metric(resource, "");
                for (int i = 0; resource.at("metricQueries." + i).isPresent(); i++) {
                    metric(resource, "metricQueries." + i + ".metric.");
                }
            }
            case "aws:appautoscaling/policy:Policy" -> {
                String path =
                        "targetTrackingScalingPolicyConfiguration.customizedMetricSpecification.";
                List<String> dimensions = new ArrayList<>();
                for (int i = 0; resource.at(path + "dimensions." + i).isPresent(); i++) {
                    dimensions.add(resource.text(path + "dimensions." + i + ".name"));
                }
                metric(
                        resource,
                        resource.text(path + "namespace"),
                        resource.text(path + "metricName"),
                        new TreeSet<>(dimensions));
            }
            case "aws:cloudwatch/dashboard:Dashboard" -> dashboard(resource);
            default -> {}
        }
    }

    private void metric(Declared resource, String path) {
        Set<String> dimensions =
                resource.at(path + "dimensions")
                        .map(Declared::plain)
                        .map(value -> value.getStructValue().getFieldsMap().keySet())
                        .orElse(Set.of());
        metric(
                resource,
                resource.text(path + "namespace"),
                resource.text(path + "metricName"),
                new TreeSet<>(dimensions));
    }

    private void dashboard(Declared resource) {
        for (JsonElement widget :
                JsonParser.parseString(resource.text("dashboardBody"))
                        .getAsJsonObject()
                        .getAsJsonArray("widgets")) {
            JsonObject shown = widget.getAsJsonObject().getAsJsonObject("properties");
            if (!shown.has("metrics")) {
                continue;
            }
            for (JsonElement line : shown.getAsJsonArray("metrics")) {
                List<String> words = strings(line);
                if (words.size() < 2) {
                    continue;
                }
                Set<String> dimensions = new TreeSet<>();
                for (int i = 2; i + 1 < words.size(); i += 2) {
                    dimensions.add(words.get(i));
                }
                metric(resource, words.get(0), words.get(1), dimensions);
            }
        }
    }

    private void metric(Declared resource, String namespace, String name, Set<String> dimensions) {
        if (namespace.isEmpty()
                || UNDOCUMENTED.contains(namespace + " " + name + " " + dimensions)) {
            return;
        }
        boolean published =
                namespace.contains("/")
                        ? FACTS.of("metric").stream()
                                .filter(fact -> fact.subList(0, 2).equals(List.of(namespace, name)))
                                .flatMap(fact -> List.of(fact.get(2).split("\\|", -1)).stream())
                                .anyMatch(set -> Set.of(set.split("\\+", -1)).equals(dimensions))
                        : madeFromALog(namespace, name) && dimensions.isEmpty();
        if (!published) {
            wrong(
                    resource,
                    "metric",
                    namespace + " " + name + " by " + dimensions,
                    "not published",
                    "so an alarm on it stays silent");
        }
    }

    private boolean madeFromALog(String namespace, String name) {
        return run.of("cloudwatch/logMetricFilter:LogMetricFilter").stream()
                .anyMatch(
                        filter ->
                                filter.text("metricTransformation.namespace").equals(namespace)
                                        && filter.text("metricTransformation.name").equals(name));
    }

    private static List<String> strings(JsonElement value) {
        List<String> strings = new ArrayList<>();
        if (value instanceof JsonArray array) {
            for (JsonElement element : array) {
                if (element.isJsonPrimitive()) {
                    strings.add(element.getAsString());
                }
            }
        } else if (value != null) {
            strings.add(value.getAsString());
        }
        return strings;
    }

    private static void named(
            Declared resource, String typeAndPath, BiConsumer<String, String> found) {
        int space = typeAndPath.indexOf(' ');
        if (typeAndPath.substring(0, space).equals(resource.type())) {
            each(resource, typeAndPath.substring(space + 1), found);
        }
    }

    /** Every text, number or flag at a path, through each list on the way. */
    private static void each(Declared resource, String path, BiConsumer<String, String> found) {
        each(
                Value.newBuilder().setStructValue(resource.inputs()).build(),
                path,
                value -> found.accept(path, value));
    }

    private static void each(Value value, String path, Consumer<String> found) {
        Value plain = Declared.plain(value);
        if (plain.hasListValue()) {
            plain.getListValue().getValuesList().forEach(element -> each(element, path, found));
        } else if (path.isEmpty()) {
            if (plain.hasStringValue()) {
                found.accept(plain.getStringValue());
            } else if (plain.hasNumberValue()) {
                found.accept(
                        BigDecimal.valueOf(plain.getNumberValue())
                                .stripTrailingZeros()
                                .toPlainString());
            }
        } else if (plain.hasStructValue()) {
            int dot = path.indexOf('.');
            String step = dot < 0 ? path : path.substring(0, dot);
            Value inside = plain.getStructValue().getFieldsMap().get(step);
            if (inside != null) {
                each(inside, dot < 0 ? "" : path.substring(dot + 1), found);
            }
        }
    }

    private void wrong(Declared resource, String path, String value, String rule, String fact) {
        wrong.add(
                resource.name()
                        + " ("
                        + resource.type()
                        + "): "
                        + path
                        + " is "
                        + value
                        + ", "
                        + rule
                        + ": "
                        + fact);
    }
}
