package dev.daybook.infra;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The policies. Each looks at all that a stack declares and says what breaks it, by name; {@code
 * FaultsTest} breaks each in turn and sees that it is said.
 */
final class Rules {

    private Rules() {}

    static final Map<String, Function<List<Declared>, List<String>>> ALL = new LinkedHashMap<>();

    static {
        ALL.put("nothing is public but the balancer", Rules::onlyTheBalancerIsPublic);
        ALL.put(
                "everything stored is encrypted with the account's own key",
                Rules::encryptedAtRest);
        ALL.put("everything sent is encrypted", Rules::encryptedInTransit);
        ALL.put("policies name what they are about", Rules::named);
        ALL.put("secrets are by reference only", Rules::secretsByReference);
        ALL.put("everything is tagged", Rules::tagged);
        ALL.put("containers are confined", Rules::confined);
        ALL.put("alarms tell somebody", Rules::alarmsTell);
        ALL.put("gaps are told as gaps", Rules::gapsAreTold);
        ALL.put("a password is set before it is used", Rules::passwordsAreSet);
        ALL.put("the sealed log is the sealer's alone", Rules::onlyTheSealerSeals);
        ALL.put("what AWS wants first comes first", Rules::inAwsOrder);
        ALL.put("what is replaced can be replaced", Rules::replaceable);
        ALL.put("changes are applied at once", Rules::appliedAtOnce);
    }

    /** Only for stacks of the profile prod. */
    static List<String> isProtected(List<Declared> all) {
        List<String> wrong = new ArrayList<>();
        each(
                all,
                "rds/cluster:Cluster",
                wrong,
                (it, say) -> {
                    it.check(it.yes("deletionProtection"), "may be deleted", say);
                    it.check(!it.yes("skipFinalSnapshot"), "leaves no last snapshot", say);
                    it.check(
                            it.number("backupRetentionPeriod") >= 30,
                            "keeps backups for less than 30 days",
                            say);
                });
        each(
                all,
                "lb/loadBalancer:LoadBalancer",
                wrong,
                (it, say) -> it.check(it.yes("enableDeletionProtection"), "may be deleted", say));
        each(
                all,
                "secretsmanager/secret:Secret",
                wrong,
                (it, say) ->
                        it.check(it.number("recoveryWindowInDays") >= 7, "is gone at once", say));
        each(
                all,
                "dms/replicationInstance:ReplicationInstance",
                wrong,
                (it, say) -> it.check(it.yes("multiAz"), "has no spare", say));
        for (String type :
                List.of(
                        "rds/cluster:Cluster",
                        "rds/clusterInstance:ClusterInstance",
                        "msk/cluster:Cluster",
                        "kms/key:Key")) {
            each(
                    all,
                    type,
                    wrong,
                    (it, say) ->
                            it.check(
                                    it.declared().isProtected(),
                                    "is not protected by Pulumi",
                                    say));
        }
        each(
                all,
                "s3/bucketV2:BucketV2",
                wrong,
                (it, say) ->
                        it.check(
                                !it.declared().name().endsWith("-evidence-log")
                                        || it.declared().isProtected() && !it.yes("forceDestroy"),
                                "may be deleted with the sealed log",
                                say));
        return wrong;
    }

    private static List<String> onlyTheBalancerIsPublic(List<Declared> all) {
        List<String> wrong = new ArrayList<>();
        each(
                all,
                "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
                wrong,
                (it, say) -> {
                    boolean outside =
                            !it.text("cidrIpv4").isEmpty() || !it.text("cidrIpv6").isEmpty();
                    boolean balancer =
                            it.text("securityGroupId").endsWith("-network-balancer-id")
                                    && it.number("fromPort") == 443
                                    && it.number("toPort") == 443;
                    boolean inspection =
                            it.text("securityGroupId").endsWith("-network-brokers-id")
                                    && it.text("description").startsWith("inspection until ")
                                    && Set.of(9196.0, 9198.0).contains(it.number("fromPort"))
                                    && it.number("fromPort") == it.number("toPort");
                    it.check(!outside || balancer || inspection, "lets in what is outside", say);
                    it.check(it.text("ipProtocol").equals("tcp"), "lets in more than TCP", say);
                    it.check(
                            !outside || inspection || !it.text("cidrIpv4").endsWith("/0"),
                            "lets in everyone",
                            say);
                });
        each(
                all,
                "vpc/securityGroupEgressRule:SecurityGroupEgressRule",
                wrong,
                (it, say) ->
                        it.check(
                                it.text("cidrIpv4").isEmpty() && it.text("cidrIpv6").isEmpty(),
                                "lets out to addresses instead of a group",
                                say));
        each(
                all,
                "ec2/securityGroup:SecurityGroup",
                wrong,
                (it, say) ->
                        it.check(
                                it.declared().at("ingress").isEmpty()
                                        && it.declared().at("egress").isEmpty(),
                                "has rules that are not flows",
                                say));
        each(
                all,
                "ec2/subnet:Subnet",
                wrong,
                (it, say) ->
                        it.check(!it.yes("mapPublicIpOnLaunch"), "gives public addresses", say));
        boolean inspection =
                all.stream().anyMatch(declared -> declared.name().endsWith("-inspection-route"));
        each(
                all,
                "ec2/route:Route",
                wrong,
                (it, say) ->
                        it.check(
                                !it.text("destinationCidrBlock").equals("0.0.0.0/0")
                                        || it.text("routeTableId")
                                                .endsWith("-network-public-routes-id")
                                        || (inspection
                                                && it.text("routeTableId")
                                                        .endsWith("-network-broker-routes-id")),
                                "leads to the internet from where nothing public stands",
                                say));
        each(
                all,
                "ec2/natGateway:NatGateway",
                wrong,
                (it, say) -> it.check(false, "lets what is private call out", say));
        each(
                all,
                "rds/clusterInstance:ClusterInstance",
                wrong,
                (it, say) -> it.check(!it.yes("publiclyAccessible"), "is public", say));
        each(
                all,
                "dms/replicationInstance:ReplicationInstance",
                wrong,
                (it, say) ->
                        it.check(
                                it.declared().at("publiclyAccessible").isPresent()
                                        && !it.yes("publiclyAccessible"),
                                "is public, as DMS has it by default",
                                say));
        each(
                all,
                "msk/cluster:Cluster",
                wrong,
                (it, say) ->
                        it.check(
                                inspection
                                        || it.text(
                                                        "brokerNodeGroupInfo.connectivityInfo.publicAccess.type")
                                                .equals("DISABLED"),
                                "has public brokers",
                                say));
        each(
                all,
                "ecs/service:Service",
                wrong,
                (it, say) -> {
                    it.check(
                            !it.yes("networkConfiguration.assignPublicIp"),
                            "has public addresses",
                            say);
                    it.check(!it.yes("enableExecuteCommand"), "lets one in by ECS Exec", say);
                });
        each(
                all,
                "s3/bucketV2:BucketV2",
                wrong,
                (it, say) ->
                        it.check(
                                all.stream()
                                        .anyMatch(
                                                block ->
                                                        block.is(
                                                                        "s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
                                                                && block.text("bucket")
                                                                        .equals(
                                                                                it.declared().name()
                                                                                        + "-id")
                                                                && block.yes("blockPublicAcls")
                                                                && block.yes("blockPublicPolicy")
                                                                && block.yes("ignorePublicAcls")
                                                                && block.yes(
                                                                        "restrictPublicBuckets")),
                                "may be made public",
                                say));
        return wrong;
    }

    private static List<String> encryptedAtRest(List<Declared> all) {
        List<String> wrong = new ArrayList<>();
        each(
                all,
                "rds/cluster:Cluster",
                wrong,
                (it, say) -> {
                    it.check(it.yes("storageEncrypted"), "is not encrypted", say);
                    it.check(
                            !it.text("masterUserSecretKmsKeyId").isEmpty(),
                            "has a secret without own key",
                            say);
                });
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put("rds/cluster:Cluster", "kmsKeyId");
        keys.put("rds/clusterInstance:ClusterInstance", "performanceInsightsKmsKeyId");
        keys.put("msk/cluster:Cluster", "encryptionInfo.encryptionAtRestKmsKeyArn");
        keys.put("dms/replicationInstance:ReplicationInstance", "kmsKeyArn");
        keys.put("dms/replicationConfig:ReplicationConfig", "computeConfig.kmsKeyId");
        keys.put("dms/endpoint:Endpoint", "kmsKeyArn");
        keys.put("cloudwatch/logGroup:LogGroup", "kmsKeyId");
        keys.put("secretsmanager/secret:Secret", "kmsKeyId");
        keys.put("sns/topic:Topic", "kmsMasterKeyId");
        keys.put("s3/bucketObjectv2:BucketObjectv2", "kmsKeyId");
        keys.put(
                "s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
                "rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId");
        keys.forEach(
                (type, path) ->
                        each(
                                all,
                                type,
                                wrong,
                                (it, say) ->
                                        it.check(
                                                it.text(path).contains(":kms:"),
                                                "has no key of the account",
                                                say)));
        each(
                all,
                "kms/key:Key",
                wrong,
                (it, say) -> it.check(it.yes("enableKeyRotation"), "is never rotated", say));
        each(
                all,
                "cloudwatch/logGroup:LogGroup",
                wrong,
                (it, say) -> it.check(it.number("retentionInDays") > 0, "is kept forever", say));
        return wrong;
    }

    private static List<String> encryptedInTransit(List<Declared> all) {
        List<String> wrong = new ArrayList<>();
        each(
                all,
                "msk/cluster:Cluster",
                wrong,
                (it, say) -> {
                    it.check(
                            it.text("encryptionInfo.encryptionInTransit.clientBroker")
                                    .equals("TLS"),
                            "takes clients without TLS",
                            say);
                    it.check(
                            it.yes("encryptionInfo.encryptionInTransit.inCluster"),
                            "copies without TLS",
                            say);
                    it.check(
                            !it.yes("clientAuthentication.unauthenticated"),
                            "takes clients without login",
                            say);
                    it.check(
                            it.yes("clientAuthentication.sasl.scram")
                                    && it.yes("clientAuthentication.sasl.iam"),
                            "lacks SCRAM for DMS or IAM for the others",
                            say);
                });
        each(
                all,
                "msk/configuration:Configuration",
                wrong,
                (it, say) -> {
                    it.check(
                            it.text("serverProperties")
                                    .contains("allow.everyone.if.no.acl.found=false"),
                            "lets every password do everything",
                            say);
                    it.check(
                            it.text("serverProperties").contains("auto.create.topics.enable=false"),
                            "makes topics by itself",
                            say);
                });
        each(
                all,
                "mskconnect/connector:Connector",
                wrong,
                (it, say) -> {
                    it.check(
                            it.text("kafkaClusterEncryptionInTransit.encryptionType").equals("TLS"),
                            "reads without TLS",
                            say);
                    it.check(
                            it.text("kafkaClusterClientAuthentication.authenticationType")
                                    .equals("IAM"),
                            "reads without login",
                            say);
                });
        each(
                all,
                "dms/endpoint:Endpoint",
                wrong,
                (it, say) ->
                        it.check(
                                it.text("endpointType").equals("source")
                                        ? it.text("sslMode").equals("require")
                                        : it.text("kafkaSettings.securityProtocol")
                                                .equals("sasl-ssl"),
                                "is not encrypted",
                                say));
        each(
                all,
                "lb/listener:Listener",
                wrong,
                (it, say) ->
                        it.check(
                                it.text("protocol").equals("HTTPS")
                                        && it.text("sslPolicy").contains("TLS13"),
                                "takes requests without TLS 1.2 or newer",
                                say));
        each(
                all,
                "lb/targetGroup:TargetGroup",
                wrong,
                (it, say) ->
                        it.check(
                                it.text("protocol").equals("HTTPS"),
                                "passes requests on without TLS",
                                say));
        each(
                all,
                "rds/clusterParameterGroup:ClusterParameterGroup",
                wrong,
                (it, say) ->
                        it.check(
                                it.declared().texts().values().stream()
                                        .anyMatch(text -> text.value().equals("rds.force_ssl")),
                                "takes connections without TLS",
                                say));
        for (Declared declared : all) {
            declared.texts()
                    .forEach(
                            (path, text) -> {
                                if (text.value().contains("jdbc:postgresql:")
                                        && !text.value().contains("sslmode=verify-full")) {
                                    wrong.add(
                                            declared.name()
                                                    + "."
                                                    + path
                                                    + " does not ask who answers");
                                }
                            });
        }
        return wrong;
    }

    /** The wildcards there is no name for, each with the reason. */
    private static final Map<Pattern, String> UNNAMEABLE =
            Map.of(
                    Pattern.compile("LogInToRegistry ecr:GetAuthorizationToken \\*"),
                    "the action has no resource",
                    Pattern.compile("\\w+ logs:\\w+ arn:aws:[^*]+:log-stream:\\*"),
                    "streams are named by ECS and the flow log",
                    Pattern.compile("FindLog logs:DescribeLogGroups \\*"),
                    "the action has no resource",
                    Pattern.compile(
                            "Connect\\w+ kafka-cluster:\\w+ [^*]+/__amazon_msk_connect_\\*"),
                    "MSK Connect does not say how its topics and groups end",
                    Pattern.compile("\\w+ s3:\\w+ [^*]+-evidence-log[^*]*/log/\\*"),
                    "the log names its own files",
                    Pattern.compile("AddToAnchor s3:\\w+ arn:aws:s3:::[^*]+/[^*]*\\*"),
                    "an anchor's objects are named after the log's size",
                    Pattern.compile("Own\\w+ kafka-cluster:\\w+ [^*]+/daybook-ingest-\\*"),
                    "Kafka Streams names its own topics and transactions after the application");

    private static List<String> named(List<Declared> all) {
        List<String> wrong = new ArrayList<>();
        each(
                all,
                "iam/rolePolicy:RolePolicy",
                wrong,
                (it, say) -> {
                    for (JsonElement element : statements(it.text("policy"))) {
                        JsonObject statement = element.getAsJsonObject();
                        for (String action : strings(statement.get("Action"))) {
                            it.check(!action.contains("*"), "allows " + action, say);
                            for (String resource : strings(statement.get("Resource"))) {
                                String said =
                                        statement.get("Sid").getAsString()
                                                + " "
                                                + action
                                                + " "
                                                + resource;
                                it.check(
                                        !resource.contains("*")
                                                || UNNAMEABLE.keySet().stream()
                                                        .anyMatch(
                                                                known ->
                                                                        known.matcher(said)
                                                                                .matches()),
                                        "allows " + said,
                                        say);
                            }
                        }
                    }
                });
        each(
                all,
                "iam/role:Role",
                wrong,
                (it, say) -> {
                    for (JsonElement statement : statements(it.text("assumeRolePolicy"))) {
                        JsonElement principal = statement.getAsJsonObject().get("Principal");
                        it.check(
                                principal.isJsonObject()
                                        && principal
                                                .getAsJsonObject()
                                                .keySet()
                                                .equals(Set.of("Service"))
                                        && !principal.toString().contains("*"),
                                "may be taken by more than a service",
                                say);
                    }
                });
        for (String type :
                List.of(
                        "kms/key:Key",
                        "sns/topicPolicy:TopicPolicy",
                        "secretsmanager/secretPolicy:SecretPolicy",
                        "s3/bucketPolicy:BucketPolicy")) {
            each(
                    all,
                    type,
                    wrong,
                    (it, say) -> {
                        for (JsonElement element : statements(it.text("policy"))) {
                            JsonObject statement = element.getAsJsonObject();
                            it.check(
                                    statement.get("Effect").getAsString().equals("Deny")
                                            || !strings(statement.get("Principal")).contains("*"),
                                    "lets everyone in",
                                    say);
                        }
                    });
        }
        return wrong;
    }

    private static List<String> secretsByReference(List<Declared> all) {
        List<String> wrong = new ArrayList<>();
        for (Declared declared : all) {
            declared.texts()
                    .forEach(
                            (path, text) -> {
                                if (text.value().contains("PASSWORD-")) {
                                    boolean place =
                                            declared.is(
                                                            "secretsmanager/secretVersion:SecretVersion")
                                                    || (declared.is("dms/endpoint:Endpoint")
                                                            && path.equals(
                                                                    "kafkaSettings.saslPassword"));
                                    if (!place || !text.secret()) {
                                        wrong.add(
                                                declared.name()
                                                        + "."
                                                        + path
                                                        + " holds a password"
                                                        + (place
                                                                ? " that is not marked secret"
                                                                : ""));
                                    }
                                }
                            });
        }
        each(
                all,
                "rds/cluster:Cluster",
                wrong,
                (it, say) ->
                        it.check(
                                it.yes("manageMasterUserPassword")
                                        && it.declared().at("masterPassword").isEmpty(),
                                "has a password that RDS does not keep",
                                say));
        containers(
                all,
                wrong,
                (it, say) -> {
                    for (JsonElement variable : it.container().getAsJsonArray("environment")) {
                        String name = variable.getAsJsonObject().get("name").getAsString();
                        it.check(
                                !name.contains("PASSWORD")
                                        && !name.contains("SECRET")
                                        && !name.contains("TOKEN"),
                                "has " + name + " among its settings",
                                say);
                    }
                    for (JsonElement secret : it.container().getAsJsonArray("secrets")) {
                        it.check(
                                secret.getAsJsonObject()
                                        .get("valueFrom")
                                        .getAsString()
                                        .startsWith("arn:aws:secretsmanager:"),
                                "has a secret that is no reference",
                                say);
                    }
                });
        each(
                all,
                "mskconnect/connector:Connector",
                wrong,
                (it, say) ->
                        it.check(
                                it.declared()
                                        .texts()
                                        .getOrDefault(
                                                "connectorConfiguration.database.password",
                                                new Declared.Text("", false))
                                        .value()
                                        .startsWith("${secretsmanager:"),
                                "holds the database's password",
                                say));
        return wrong;
    }

    private static final List<String> TAGS =
            List.of("daybook:stack", "daybook:profile", "daybook:source", "daybook:managed-by");

    private static List<String> tagged(List<Declared> all) {
        List<String> wrong = new ArrayList<>();
        List<Declared> providers =
                all.stream()
                        .filter(declared -> declared.type().equals("pulumi:providers:aws"))
                        .toList();
        if (providers.size() != 1) {
            wrong.add("there are " + providers.size() + " providers instead of one that tags");
            return wrong;
        }
        // The provider takes its settings as JSON.
        String tags = providers.getFirst().text("defaultTags");
        for (String tag : TAGS) {
            if (!tags.contains("\"" + tag + "\"")) {
                wrong.add("the provider does not set " + tag);
            }
        }
        for (Declared declared : all) {
            if (declared.type().startsWith("aws:")
                    && !declared.provider().contains("pulumi:providers:aws::aws::")) {
                wrong.add(declared.name() + " is not made by the provider that tags");
            }
        }
        each(
                all,
                "ecs/service:Service",
                wrong,
                (it, say) ->
                        it.check(
                                it.text("propagateTags").equals("SERVICE"),
                                "does not tag its tasks",
                                say));
        each(
                all,
                "rds/cluster:Cluster",
                wrong,
                (it, say) ->
                        it.check(it.yes("copyTagsToSnapshot"), "does not tag its snapshots", say));
        return wrong;
    }

    private static List<String> confined(List<Declared> all) {
        List<String> wrong = new ArrayList<>();
        containers(
                all,
                wrong,
                (it, say) -> {
                    JsonObject container = it.container();
                    it.check(
                            container.get("readonlyRootFilesystem").getAsBoolean(),
                            "may change its files",
                            say);
                    it.check(!container.get("privileged").getAsBoolean(), "is privileged", say);
                    it.check(
                            container.get("image").getAsString().matches(".+@sha256:[0-9a-f]{64}"),
                            "runs an image that may change",
                            say);
                    it.check(container.has("logConfiguration"), "logs nowhere", say);
                    it.check(
                            !container.has("user") || !container.get("essential").getAsBoolean(),
                            "runs as another user than its image's",
                            say);
                });
        return wrong;
    }

    private static List<String> alarmsTell(List<Declared> all) {
        List<String> wrong = new ArrayList<>();
        each(
                all,
                "cloudwatch/metricAlarm:MetricAlarm",
                wrong,
                (it, say) -> {
                    it.check(!it.declared().texts("alarmActions").isEmpty(), "tells nobody", say);
                    it.check(!it.text("alarmDescription").isEmpty(), "says nothing", say);
                });
        for (String needed :
                List.of(
                        "gaps",
                        "slot-lag",
                        "capture-source-latency",
                        "capture-target-latency",
                        "capture-errors",
                        "capture-suspended",
                        "ingest-lag",
                        "sink-lag",
                        "sink-errored",
                        "rejected",
                        "kafka-storage",
                        "sealer-running",
                        "log-broken",
                        "log-unverified",
                        "not-sealed",
                        "not-anchored")) {
            if (all.stream().noneMatch(alarm -> alarm.name().endsWith("-monitoring-" + needed))) {
                wrong.add("nothing watches " + needed);
            }
        }
        return wrong;
    }

    /** What loses a change, each with its alarm. */
    private static final List<String> GAPS =
            List.of(
                    "capture-suspended",
                    "rejected",
                    "ingest-expiry",
                    "sink-expiry-entries",
                    "sink-expiry-transactions");

    private static List<String> gapsAreTold(List<Declared> all) {
        List<String> wrong = new ArrayList<>();
        List<Declared> gaps =
                all.stream()
                        .filter(it -> it.is("cloudwatch/compositeAlarm:CompositeAlarm"))
                        .filter(it -> it.name().endsWith("-monitoring-gaps"))
                        .toList();
        if (gaps.size() != 1) {
            wrong.add("there are " + gaps.size() + " alarms for gaps instead of one");
            return wrong;
        }
        Declared gap = gaps.getFirst();
        String prefix = gap.name().substring(0, gap.name().length() - "gaps".length());
        for (String cause : GAPS) {
            String name = prefix + cause;
            if (!gap.text("alarmRule").contains("ALARM(\"" + name + "\")")) {
                wrong.add(gap.name() + " is not raised by " + cause);
            }
            if (all.stream().noneMatch(alarm -> alarm.text("name").equals(name))) {
                wrong.add(gap.name() + " waits for " + cause + ", which there is none of");
            }
        }
        if (gap.texts("alarmActions").isEmpty()) {
            wrong.add(gap.name() + " tells nobody");
        }
        for (Declared alarm : all) {
            if (alarm.name().equals(prefix + "rejected") && alarm.number("threshold") > 0) {
                wrong.add(alarm.name() + " lets single changes be lost");
            }
        }
        return wrong;
    }

    /**
     * The version of a secret that something logs in with is the one that a task before it has
     * given to the role: otherwise a renewed password would lock everybody out.
     */
    private static List<String> passwordsAreSet(List<Declared> all) {
        List<String> wrong = new ArrayList<>();
        Map<String, String> set = new LinkedHashMap<>();
        containers(
                all,
                wrong,
                (it, say) -> {
                    for (JsonElement element : it.container().getAsJsonArray("secrets")) {
                        JsonObject secret = element.getAsJsonObject();
                        String name = secret.get("name").getAsString();
                        if (name.matches("DAYBOOK_(WRITER|READER|SEALER|CAPTURE)_PASSWORD")) {
                            set.put(name, secret.get("valueFrom").getAsString());
                        }
                    }
                });
        containers(
                all,
                wrong,
                (it, say) -> {
                    for (JsonElement element : it.container().getAsJsonArray("secrets")) {
                        JsonObject secret = element.getAsJsonObject();
                        String name = secret.get("name").getAsString();
                        boolean sealer =
                                it.container().get("name").getAsString().equals("sealer")
                                        && name.equals("DAYBOOK_DATABASE_PASSWORD");
                        if (sealer || name.equals("SPRING_DATASOURCE_PASSWORD")) {
                            it.check(
                                    secret.get("valueFrom")
                                            .getAsString()
                                            .equals(
                                                    set.get(
                                                            sealer
                                                                    ? "DAYBOOK_SEALER_PASSWORD"
                                                                    : "DAYBOOK_READER_PASSWORD")),
                                    "logs in with a password that no task has set",
                                    say);
                        }
                    }
                });
        each(
                all,
                "mskconnect/connector:Connector",
                wrong,
                (it, say) ->
                        it.check(
                                set.getOrDefault("DAYBOOK_WRITER_PASSWORD", "")
                                        .endsWith(
                                                ":password::"
                                                        + it.declared()
                                                                .texts()
                                                                .getOrDefault(
                                                                        "connectorConfiguration.database.password.version",
                                                                        new Declared.Text(
                                                                                "none", false))
                                                                .value()),
                                "logs in with a password that no task has set",
                                say));
        boolean made =
                all.stream()
                        .anyMatch(
                                it ->
                                        it.is("secretsmanager/secret:Secret")
                                                && it.name().endsWith("-capture-user-secret"));
        if (made && !set.containsKey("DAYBOOK_CAPTURE_PASSWORD")) {
            wrong.add("no task sets the password that DMS logs in to the source with");
        }
        return wrong;
    }

    /** What may change the sealed log, or read what sinks tell of it. */
    private static final Set<String> SEALING =
            Set.of("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion");

    private static List<String> onlyTheSealerSeals(List<Declared> all) {
        List<String> wrong = new ArrayList<>();
        each(
                all,
                "iam/rolePolicy:RolePolicy",
                wrong,
                (it, say) -> {
                    boolean sealer = it.declared().name().contains("-sealer-task-task-");
                    for (JsonElement element : statements(it.text("policy"))) {
                        JsonObject statement = element.getAsJsonObject();
                        String resources = strings(statement.get("Resource")).toString();
                        for (String action : strings(statement.get("Action"))) {
                            it.check(
                                    sealer
                                            || !SEALING.contains(action)
                                            || !resources.contains("-evidence-log"),
                                    "may " + action + " on the sealed log",
                                    say);
                            it.check(
                                    !action.equals("s3:DeleteObjectVersion"),
                                    "may remove what was overwritten",
                                    say);
                            it.check(
                                    !sealer || !action.startsWith("kafka-cluster:Write"),
                                    "may write to Kafka, and seals",
                                    say);
                            it.check(
                                    !sealer
                                            || !action.equals("kafka-cluster:ReadData")
                                            || resources.endsWith("/segments]"),
                                    "reads more than what sinks have stored",
                                    say);
                        }
                    }
                });
        for (Declared it : all) {
            if (it.name().endsWith("-evidence-log-policy")
                    && !it.text("policy").contains("\"aws:PrincipalArn\"")) {
                wrong.add(it.name() + " takes files from others than the sealer");
            }
            if (it.name().endsWith("-evidence-log-versions")
                    && !it.text("versioningConfiguration.status").equals("Enabled")) {
                wrong.add(it.name() + " forgets at once what is overwritten");
            }
        }
        for (String word : List.of("policy", "versions", "lifecycle")) {
            if (all.stream().noneMatch(it -> it.name().endsWith("-evidence-log-" + word))) {
                wrong.add("the sealed log's bucket has no " + word);
            }
        }
        each(
                all,
                "mskconnect/connector:Connector",
                wrong,
                (it, say) ->
                        it.check(
                                it.declared()
                                        .texts()
                                        .getOrDefault(
                                                "connectorConfiguration.seal",
                                                new Declared.Text("", false))
                                        .value()
                                        .equals("true"),
                                "stores what nobody seals",
                                say));
        return wrong;
    }

    /** AWS refuses a thing whose precondition is not there yet; Pulumi makes both at a time. */
    private static List<String> inAwsOrder(List<Declared> all) {
        List<String> wrong = new ArrayList<>();
        each(
                all,
                "ec2/vpcPeeringConnection:VpcPeeringConnection",
                wrong,
                (peering, say) -> {
                    for (Declared rule : all) {
                        if (rule.name().matches(".*-dms-to-source-\\d+-(in|out)")
                                && !rule.waitsFor(peering.declared().name())) {
                            say.add(rule.name() + " names a group of a network not joined yet");
                        }
                    }
                });
        each(
                all,
                "lb/loadBalancer:LoadBalancer",
                wrong,
                (it, say) ->
                        it.check(
                                it.declared()
                                        .waitsFor(
                                                it.declared()
                                                        .name()
                                                        .replace(
                                                                "services-api-balancer",
                                                                "network-public-route")),
                                "is on the internet before there is a way to it",
                                say));
        each(
                all,
                "rds/cluster:Cluster",
                wrong,
                (it, say) ->
                        it.check(
                                it.declared()
                                                .waitsFor(
                                                        it.declared()
                                                                .name()
                                                                .replaceAll("-cluster$", "-log"))
                                        && all.stream()
                                                .anyMatch(
                                                        log ->
                                                                log.text("name")
                                                                        .equals(
                                                                                "/aws/rds/cluster/"
                                                                                        + it.text(
                                                                                                "clusterIdentifier")
                                                                                        + "/postgresql")),
                                "makes its log itself, without key and end",
                                say));
        each(
                all,
                "dms/eventSubscription:EventSubscription",
                wrong,
                (it, say) -> {
                    it.check(
                            it.declared()
                                    .waitsFor(
                                            it.declared()
                                                    .name()
                                                    .replace("capture-events", "topic-policy")),
                            "publishes before it may",
                            say);
                    it.check(
                            !it.declared().texts("sourceIds").isEmpty(),
                            "tells of other stacks' tasks",
                            say);
                });
        each(
                all,
                "s3/bucketPolicy:BucketPolicy",
                wrong,
                (it, say) ->
                        it.check(
                                it.declared().dependencies().stream()
                                        .anyMatch(urn -> urn.endsWith("-block")),
                                "changes the bucket's access together with its block",
                                say));
        each(
                all,
                "dms/replicationConfig:ReplicationConfig",
                wrong,
                (it, say) ->
                        it.check(
                                all.stream()
                                        .anyMatch(
                                                log ->
                                                        log.text("name")
                                                                .equals(
                                                                        "dms-serverless-replication-"
                                                                                + it.text(
                                                                                        "resourceIdentifier"))),
                                "logs to where nobody looks",
                                say));
        return wrong;
    }

    /** What others use must be there anew before the old one goes, or not be used meanwhile. */
    private static List<String> replaceable(List<Declared> all) {
        List<String> wrong = new ArrayList<>();
        for (String type :
                List.of(
                        "msk/configuration:Configuration",
                        "mskconnect/customPlugin:CustomPlugin",
                        "mskconnect/workerConfiguration:WorkerConfiguration",
                        "lb/targetGroup:TargetGroup")) {
            each(
                    all,
                    type,
                    wrong,
                    (it, say) ->
                            it.check(
                                    it.text("name").isEmpty(),
                                    "has a fixed name, so it is deleted before its successor is there",
                                    say));
        }
        each(
                all,
                "lb/loadBalancer:LoadBalancer",
                wrong,
                (it, say) ->
                        it.check(
                                !it.text("name").isEmpty() && it.text("name").length() <= 32,
                                "needs a name of at most 32 letters",
                                say));
        each(
                all,
                "dms/endpoint:Endpoint",
                wrong,
                (it, say) ->
                        it.check(
                                it.yes("pauseReplicationTasks"),
                                "cannot be changed while its task runs",
                                say));
        return wrong;
    }

    private static List<String> appliedAtOnce(List<Declared> all) {
        List<String> wrong = new ArrayList<>();
        for (String type :
                List.of(
                        "rds/cluster:Cluster",
                        "rds/clusterInstance:ClusterInstance",
                        "dms/replicationInstance:ReplicationInstance")) {
            each(
                    all,
                    type,
                    wrong,
                    (it, say) ->
                            it.check(
                                    it.yes("applyImmediately"),
                                    "changes in the next maintenance window",
                                    say));
        }
        return wrong;
    }

    // What the rules look at
    // ------------------------------------------------------------------------

    private record Subject(Declared declared, JsonObject container) {
        void check(boolean holds, String fault, List<String> say) {
            if (!holds) {
                String who = container.has("name") ? "/" + container.get("name").getAsString() : "";
                say.add(declared.name() + who + " " + fault);
            }
        }

        String text(String path) {
            return declared.text(path);
        }

        boolean yes(String path) {
            return declared.yes(path);
        }

        double number(String path) {
            return declared.number(path);
        }
    }

    private static void each(
            List<Declared> all,
            String type,
            List<String> wrong,
            BiConsumer<Subject, List<String>> look) {
        for (Declared declared : all) {
            if (declared.is(type)) {
                look.accept(new Subject(declared, new JsonObject()), wrong);
            }
        }
    }

    private static void containers(
            List<Declared> all, List<String> wrong, BiConsumer<Subject, List<String>> look) {
        for (Declared declared : all) {
            if (declared.is("ecs/taskDefinition:TaskDefinition")) {
                for (JsonElement container :
                        JsonParser.parseString(declared.text("containerDefinitions"))
                                .getAsJsonArray()) {
                    look.accept(new Subject(declared, container.getAsJsonObject()), wrong);
                }
            }
        }
    }

    private static Iterable<JsonElement> statements(String document) {
        return JsonParser.parseString(document).getAsJsonObject().getAsJsonArray("Statement");
    }

    private static List<String> strings(JsonElement element) {
        List<String> strings = new ArrayList<>();
        if (element.isJsonArray()) {
            element.getAsJsonArray().forEach(member -> strings.add(member.getAsString()));
        } else if (element.isJsonObject()) {
            element.getAsJsonObject()
                    .entrySet()
                    .forEach(member -> strings.addAll(strings(member.getValue())));
        } else {
            strings.add(element.getAsString());
        }
        return strings;
    }
}
