package dev.daybook.infra;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Every example stack, and one with everything switched the other way, keeps every policy. */
class StackPolicyTest {

    @TestFactory
    Stream<DynamicTest> policies() {
        return Stream.of(
                        Map.entry("dev", Runs.dev()),
                        Map.entry("prod", Runs.prod()),
                        Map.entry("other", Runs.other()))
                .flatMap(
                        run ->
                                Rules.ALL.entrySet().stream()
                                        .map(
                                                rule ->
                                                        DynamicTest.dynamicTest(
                                                                run.getKey() + ": " + rule.getKey(),
                                                                () ->
                                                                        assertThat(
                                                                                        rule.getValue()
                                                                                                .apply(
                                                                                                        run.getValue()
                                                                                                                .resources()))
                                                                                .isEmpty())));
    }

    @Test
    void prodIsProtected() {
        assertThat(Rules.isProtected(Runs.prod().resources())).isEmpty();
    }

    @Test
    void everyRunEndsWell() {
        for (Stacks.Run run : List.of(Runs.dev(), Runs.prod(), Runs.other())) {
            assertThat(run.failures()).isEmpty();
            assertThat(run.outputs())
                    .contains("apiHost", "sourceHost", "auditHost", "captureTaskArn");
        }
    }

    @Test
    void theClusterIsClosedUnlessInspected() {
        assertThat(
                        Runs.prod()
                                .named("daybook-prod-kafka-cluster")
                                .text("brokerNodeGroupInfo.connectivityInfo.publicAccess.type"))
                .isEqualTo("DISABLED");
        assertThat(
                        Runs.other()
                                .named("daybook-prod-kafka-cluster")
                                .text("brokerNodeGroupInfo.connectivityInfo.publicAccess.type"))
                .isEqualTo("SERVICE_PROVIDED_EIPS");
        assertThat(Runs.other().outputs()).contains("kafkaBrokersFromOutside", "inspectionUntil");
        assertThat(
                        Runs.other()
                                .of("vpc/securityGroupIngressRule:SecurityGroupIngressRule")
                                .stream()
                                .filter(rule -> rule.name().contains("-inspection-"))
                                .map(
                                        rule ->
                                                rule.text("cidrIpv4")
                                                        + ":"
                                                        + (int) rule.number("fromPort")))
                .containsExactlyInAnyOrder("198.51.100.7/32:9196", "198.51.100.7/32:9198");
    }

    @Test
    void theTaskWaitsForTopicsIngestAndLogin() {
        List<String> waits = Runs.dev().named("daybook-dev-capture-task").dependencies();

        assertThat(waits)
                .anyMatch(urn -> urn.endsWith("::daybook-dev-topics-run"))
                .anyMatch(urn -> urn.endsWith("::daybook-dev-services-ingest-service"))
                .anyMatch(urn -> urn.endsWith("::daybook-dev-kafka-scram"))
                .anyMatch(urn -> urn.endsWith("::daybook-dev-preparation-run"))
                .anyMatch(urn -> urn.endsWith("::daybook-dev-capture-dms-vpc-role-policy"));
    }

    @Test
    void theServicesWaitForTheSchema() {
        for (String service :
                List.of("services-ingest-service", "services-api-service", "sink-connector")) {
            assertThat(Runs.dev().named("daybook-dev-" + service).dependencies())
                    .anyMatch(urn -> urn.endsWith("::daybook-dev-migrations-run"));
        }
    }

    /** Half an hour of brokers hides it otherwise, and an endpoint that fails stops nothing. */
    @Test
    void tasksWaitForTheirWayOutOfTheNetwork() {
        for (String task : List.of("topics-run", "migrations-run", "preparation-run")) {
            assertThat(Runs.dev().named("daybook-dev-" + task).dependencies())
                    .anyMatch(urn -> urn.endsWith("-network-endpoint-secretsmanager"))
                    .anyMatch(urn -> urn.endsWith("-network-tasks-to-endpoints-443-out"))
                    .anyMatch(urn -> urn.endsWith("-network-private-1-routes"));
        }
    }

    @Test
    void everyPartHoldsItsOwn() {
        for (Declared declared : Runs.prod().resources()) {
            boolean top =
                    declared.type().startsWith("pulumi:")
                            || declared.is("ecs/cluster:Cluster")
                            || declared.type().startsWith("daybook:infra:");
            if (!top) {
                assertThat(declared.parent()).as(declared.name()).contains("daybook:infra:");
            }
        }
    }
}
