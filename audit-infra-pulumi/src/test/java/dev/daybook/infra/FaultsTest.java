package dev.daybook.infra;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Tests of the tests: a fault planted for each policy is caught by it, and named. */
class FaultsTest {

    private record Fault(String rule, String resource, UnaryOperator<Declared> plant) {}

    private static final String PUBLIC = "nothing is public but the balancer";
    private static final String AT_REST =
            "everything stored is encrypted with the account's own key";
    private static final String IN_TRANSIT = "everything sent is encrypted";
    private static final String NAMED = "policies name what they are about";
    private static final String SECRETS = "secrets are by reference only";
    private static final String TAGGED = "everything is tagged";
    private static final String CONFINED = "containers are confined";
    private static final String ALARMS = "alarms tell somebody";
    private static final String GAPS = "gaps are told as gaps";
    private static final String PASSWORDS = "a password is set before it is used";
    private static final String SEALER = "the sealed log is the sealer's alone";
    private static final String ORDER = "what AWS wants first comes first";
    private static final String REPLACEABLE = "what is replaced can be replaced";
    private static final String AT_ONCE = "changes are applied at once";
    private static final String PROTECTED = "prod is protected";

    private static final List<Fault> FAULTS =
            List.of(
                    fault(PUBLIC, "network-api-to-audit-5432-in", "cidrIpv4", "0.0.0.0/0"),
                    fault(PUBLIC, "network-dms-to-brokers-9096-in", "cidrIpv6", "::/0"),
                    fault(PUBLIC, "network-balancer-from-203-0-113-0-24", "fromPort", 80),
                    fault(PUBLIC, "network-balancer-from-203-0-113-0-24", "cidrIpv4", "0.0.0.0/0"),
                    fault(PUBLIC, "network-ingest-to-brokers-9098-out", "cidrIpv4", "0.0.0.0/0"),
                    fault(PUBLIC, "network-private-1", "mapPublicIpOnLaunch", true),
                    fault(
                            PUBLIC,
                            "network-public-route",
                            "routeTableId",
                            "daybook-prod-network-private-routes-id"),
                    fault(PUBLIC, "audit-instance-1", "publiclyAccessible", true),
                    fault(PUBLIC, "capture-instance", "publiclyAccessible", true),
                    fault(
                            PUBLIC,
                            "kafka-cluster",
                            "brokerNodeGroupInfo.connectivityInfo.publicAccess.type",
                            "SERVICE_PROVIDED_EIPS"),
                    fault(
                            PUBLIC,
                            "services-api-service",
                            "networkConfiguration.assignPublicIp",
                            true),
                    fault(PUBLIC, "sink-plugins-block", "blockPublicPolicy", false),
                    fault(AT_REST, "audit-cluster", "storageEncrypted", false),
                    fault(AT_REST, "kafka-cluster", "encryptionInfo.encryptionAtRestKmsKeyArn", ""),
                    fault(AT_REST, "capture-instance", "kmsKeyArn", ""),
                    fault(AT_REST, "writer-secret", "kmsKeyId", ""),
                    fault(AT_REST, "services-ingest-log", "kmsKeyId", ""),
                    fault(AT_REST, "monitoring-topic", "kmsMasterKeyId", "alias/aws/sns"),
                    fault(AT_REST, "keys-data", "enableKeyRotation", false),
                    fault(
                            IN_TRANSIT,
                            "kafka-cluster",
                            "encryptionInfo.encryptionInTransit.clientBroker",
                            "TLS_PLAINTEXT"),
                    fault(
                            IN_TRANSIT,
                            "kafka-cluster",
                            "clientAuthentication.unauthenticated",
                            true),
                    fault(
                            IN_TRANSIT,
                            "kafka-configuration",
                            "serverProperties",
                            "auto.create.topics.enable=true"),
                    fault(
                            IN_TRANSIT,
                            "sink-connector",
                            "kafkaClusterEncryptionInTransit.encryptionType",
                            "PLAINTEXT"),
                    fault(IN_TRANSIT, "capture-source", "sslMode", "none"),
                    fault(
                            IN_TRANSIT,
                            "capture-target",
                            "kafkaSettings.securityProtocol",
                            "plaintext"),
                    fault(IN_TRANSIT, "services-api-listener", "protocol", "HTTP"),
                    fault(IN_TRANSIT, "services-api-targets", "protocol", "HTTP"),
                    fault(IN_TRANSIT, "audit-parameters", "parameters.0.name", "rds.other"),
                    text(
                            IN_TRANSIT,
                            "services-api-definition",
                            "containerDefinitions",
                            "verify-full",
                            "require"),
                    text(
                            NAMED,
                            "sink-policy",
                            "policy",
                            "topic/daybook-prod-kafka-cluster/0-1/entries",
                            "topic/*"),
                    text(
                            NAMED,
                            "services-ingest-task-policy",
                            "policy",
                            "kafka-cluster:ReadData",
                            "kafka-cluster:*"),
                    text(
                            NAMED,
                            "capture-source-role",
                            "assumeRolePolicy",
                            "dms.eu-central-1.amazonaws.com",
                            "*"),
                    text(NAMED, "keys-data", "policy", "arn:aws:iam::123456789012:root", "*"),
                    fault(SECRETS, "writer-version", "secretString", "PASSWORD-in-the-clear"),
                    fault(SECRETS, "services-api-balancer", "name", "PASSWORD-writer"),
                    fault(SECRETS, "audit-cluster", "manageMasterUserPassword", false),
                    text(
                            SECRETS,
                            "services-api-definition",
                            "containerDefinitions",
                            "\"SPRING_APPLICATION_JSON\"",
                            "\"SPRING_DATASOURCE_PASSWORD\""),
                    text(
                            SECRETS,
                            "services-api-definition",
                            "containerDefinitions",
                            "\"valueFrom\":\"arn:aws:secretsmanager",
                            "\"valueFrom\":\"hunter2"),
                    text(TAGGED, "aws", "defaultTags", "daybook:stack", "stack"),
                    new Fault(TAGGED, "audit-cluster", declared -> declared.from("")),
                    fault(TAGGED, "services-api-service", "propagateTags", "NONE"),
                    text(
                            CONFINED,
                            "services-ingest-definition",
                            "containerDefinitions",
                            "\"readonlyRootFilesystem\":true",
                            "\"readonlyRootFilesystem\":false"),
                    text(
                            CONFINED,
                            "services-ingest-definition",
                            "containerDefinitions",
                            "@sha256:",
                            ":latest-"),
                    fault(ALARMS, "monitoring-slot-lag", "alarmDescription", ""),
                    text(
                            GAPS,
                            "monitoring-gaps",
                            "alarmRule",
                            "monitoring-capture-suspended",
                            "monitoring-slot-lag"),
                    fault(GAPS, "monitoring-ingest-expiry", "name", "other"),
                    fault(GAPS, "monitoring-rejected", "threshold", 0.1),
                    text(
                            PASSWORDS,
                            "services-api-definition",
                            "containerDefinitions",
                            "reader-version-1",
                            "reader-version-0"),
                    text(
                            PASSWORDS,
                            "migrations-task-definition",
                            "containerDefinitions",
                            "DAYBOOK_READER_PASSWORD",
                            "READER_PASSWORD"),
                    fault(PASSWORDS, "sink-connector", "connectorConfiguration", "nothing"),
                    text(
                            PASSWORDS,
                            "sealer-task-definition",
                            "containerDefinitions",
                            "sealer-version-1",
                            "sealer-version-0"),
                    text(
                            SEALER,
                            "services-api-task-policy",
                            "policy",
                            "s3:GetObject",
                            "s3:PutObject"),
                    text(
                            SEALER,
                            "sealer-task-task-policy",
                            "policy",
                            "s3:DeleteObject",
                            "s3:DeleteObjectVersion"),
                    text(
                            SEALER,
                            "sealer-task-task-policy",
                            "policy",
                            "kafka-cluster:DescribeTopic",
                            "kafka-cluster:WriteData"),
                    text(SEALER, "sealer-task-task-policy", "policy", "/segments", "/entries"),
                    text(SEALER, "evidence-log-policy", "policy", "aws:PrincipalArn", "aws:x"),
                    fault(
                            SEALER,
                            "evidence-log-versions",
                            "versioningConfiguration.status",
                            "Suspended"),
                    fault(SEALER, "sink-connector", "connectorConfiguration.seal", "false"),
                    fault(ALARMS, "monitoring-log-broken", "alarmDescription", ""),
                    new Fault(ORDER, "network-dms-to-source-5432-in", Declared::independent),
                    new Fault(ORDER, "network-dms-to-source-5432-out", Declared::independent),
                    new Fault(ORDER, "services-api-balancer", Declared::independent),
                    new Fault(ORDER, "audit-cluster", Declared::independent),
                    new Fault(ORDER, "monitoring-capture-events", Declared::independent),
                    new Fault(ORDER, "sink-plugins-policy", Declared::independent),
                    fault(REPLACEABLE, "kafka-configuration", "name", "fixed"),
                    fault(REPLACEABLE, "sink-plugin", "name", "fixed"),
                    fault(REPLACEABLE, "services-api-targets", "name", "fixed"),
                    fault(
                            REPLACEABLE,
                            "services-api-balancer",
                            "name",
                            "daybook-prod-services-api-balancer"),
                    fault(REPLACEABLE, "capture-target", "pauseReplicationTasks", false),
                    fault(AT_ONCE, "audit-instance-1", "applyImmediately", false),
                    fault(AT_ONCE, "capture-instance", "applyImmediately", false),
                    fault(PROTECTED, "audit-cluster", "deletionProtection", false),
                    fault(PROTECTED, "audit-cluster", "backupRetentionPeriod", 1),
                    fault(PROTECTED, "services-api-balancer", "enableDeletionProtection", false),
                    fault(PROTECTED, "capture-instance", "multiAz", false),
                    new Fault(PROTECTED, "evidence-log", Declared::unprotected),
                    new Fault(PROTECTED, "kafka-cluster", Declared::unprotected));

    @TestFactory
    Stream<DynamicTest> everyFaultIsCaught() {
        return FAULTS.stream()
                .map(
                        fault ->
                                DynamicTest.dynamicTest(
                                        fault.rule() + ": " + fault.resource(),
                                        () -> {
                                            List<Declared> all =
                                                    new ArrayList<>(Runs.prod().resources());
                                            Declared sound = find(all, fault.resource());
                                            Declared broken = fault.plant().apply(sound);
                                            assertThat(broken).isNotEqualTo(sound);
                                            all.set(all.indexOf(sound), broken);

                                            assertThat(broken(fault.rule(), all))
                                                    .isNotEmpty()
                                                    .allMatch(
                                                            said ->
                                                                    said.contains(name(fault))
                                                                            || said.contains(
                                                                                    "provider")
                                                                            || said.contains(
                                                                                    "-plugins ")
                                                                            || said.contains(
                                                                                    "-gaps ")
                                                                            || fault.rule()
                                                                                    .equals(
                                                                                            PASSWORDS));
                                        }));
    }

    @Test
    void everyPolicyHasAFault() {
        Set<String> rules = new java.util.LinkedHashSet<>(Rules.ALL.keySet());
        rules.add(PROTECTED);

        assertThat(FAULTS).extracting(Fault::rule).containsOnlyElementsOf(rules).containsAll(rules);
    }

    @Test
    void aMissingAlarmIsCaught() {
        List<Declared> all = new ArrayList<>(Runs.prod().resources());
        all.remove(find(all, "monitoring-rejected"));

        assertThat(broken(ALARMS, all)).containsExactly("nothing watches rejected");
    }

    @Test
    void aPasswordOfTheSourceThatNobodySetsIsCaught() {
        List<Declared> all = new ArrayList<>(Runs.dev().resources());
        all.removeIf(it -> it.name().equals("daybook-dev-preparation-task-definition"));

        assertThat(broken(PASSWORDS, all))
                .containsExactly("no task sets the password that DMS logs in to the source with");
    }

    private static List<String> broken(String rule, List<Declared> all) {
        return rule.equals(PROTECTED)
                ? Rules.isProtected(all)
                : new LinkedHashMap<>(Map.copyOf(Rules.ALL)).get(rule).apply(all);
    }

    private static String name(Fault fault) {
        return fault.resource().equals("aws") ? "aws" : "daybook-prod-" + fault.resource();
    }

    private static Declared find(List<Declared> all, String resource) {
        String name = resource.equals("aws") ? "aws" : "daybook-prod-" + resource;
        return all.stream()
                .filter(declared -> declared.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("There is no " + name + "."));
    }

    private static Fault fault(String rule, String resource, String path, Object value) {
        return new Fault(rule, resource, declared -> declared.with(path, value));
    }

    private static Fault text(
            String rule, String resource, String path, String sound, String broken) {
        return new Fault(
                rule,
                resource,
                declared -> declared.with(path, declared.text(path).replace(sound, broken)));
    }
}
