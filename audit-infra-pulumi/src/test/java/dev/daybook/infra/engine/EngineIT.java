package dev.daybook.infra.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.infra.Plugins;
import dev.daybook.infra.engine.Cloud.Call;
import dev.daybook.infra.engine.Engine.Run;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/**
 * The program under Pulumi's own engine, with providers that stand in for AWS: what only the engine
 * sees, names, replacements, order, resumed runs and secrets. The stack {@code dev} lives through
 * its whole life, step by step; {@code prod} shows what is protected.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@EnabledIf(
        value = "dev.daybook.infra.engine.Engine#isThere",
        disabledReason = "pulumi is not on the path; bin/pulumi-engine builds it (docs/testing.md)")
class EngineIT {

    private Engine dev;
    private Engine prod;

    @BeforeAll
    void begin(@TempDir Path directory) throws Exception {
        dev = new Engine(Files.createDirectory(directory.resolve("dev")), "dev", Plugins.whole());
        // Whatever needs these and does not wait for them is refused.
        dev.cloud().slow("aws:ec2/internetGateway:InternetGateway");
        prod =
                new Engine(
                        Files.createDirectory(directory.resolve("prod")), "prod", Plugins.whole());
        prod.cloud().slow("aws:ec2/vpcPeeringConnection:VpcPeeringConnection");
        prod.cloud().slow("aws:sns/topicPolicy:TopicPolicy");
    }

    @AfterAll
    void end() {
        if (dev != null) {
            dev.close();
        }
        if (prod != null) {
            prod.close();
        }
    }

    @Test
    @Order(1)
    void aFirstPreviewKnowsNothingYetAndEndsWell() throws Exception {
        assertWell(dev.preview());
        assertThat(dev.cloud().size()).isZero();
    }

    @Test
    @Order(2)
    void aSettingThatBreaksARuleIsOneLine() throws Exception {
        dev.set("daybook:alarmEmail", "somebody");

        Run run = dev.preview();

        dev.set("daybook:alarmEmail", "ops@example.com");
        assertThat(run.code()).isNotZero();
        assertThat(run.output())
                .contains("error: daybook:alarmEmail is somebody, which is not an address")
                .doesNotContain("at dev.daybook");
    }

    @Test
    @Order(3)
    void aFirstUpThatFailsInTheMiddleIsResumed() throws Exception {
        dev.cloud().fail("daybook-dev-audit-cluster", "InternalFailure: try again");

        Run failed = dev.up();
        assertThat(failed.code()).isNotZero();
        assertThat(failed.output()).contains("InternalFailure: try again");

        Run resumed = dev.up();
        assertWell(resumed);
        assertThat(resumed.names("create"))
                .contains("daybook-dev-audit-cluster", "daybook-dev-capture-task")
                .doesNotContainAnyElementsOf(failed.names("create"));
        assertThat(resumed.names("delete")).isEmpty();
    }

    @Test
    @Order(4)
    void upWithoutAChangeChangesNothing() throws Exception {
        Run run = dev.up();

        assertWell(run);
        assertThat(run.calls()).isEmpty();
    }

    @Test
    @Order(5)
    void passwordsAreNowhereInTheOpen() throws Exception {
        assertThat(dev.kept())
                .contains("daybook-dev-writer-password")
                .doesNotContain(Cloud.PASSWORD);
    }

    @Test
    @Order(6)
    void credentialsAreRotatedWhileTheCaptureRuns() throws Exception {
        dev.set("daybook:captureStart", "true");
        dev.set("daybook:credentialGeneration", 2);
        assertWell(dev.up());
        dev.set("daybook:credentialGeneration", 3);

        Run run = dev.up();

        assertWell(run);
        assertThat(run.output()).doesNotContain(Cloud.PASSWORD);
        assertThat(run.names("create"))
                .containsSubsequence("daybook-dev-writer-version", "daybook-dev-migrations-run");
        assertThat(run.names("update"))
                .contains("daybook-dev-capture-target", "daybook-dev-services-api-service");
        assertThat(replacedOrDeleted(run))
                .allMatch(name -> name.endsWith("-password"), "only passwords")
                .contains("daybook-dev-sealer-password")
                // The log is what was signed by its key.
                .doesNotContain("daybook-dev-sealer-key-password");
    }

    /** What runs keeps the old password and schema until the new ones are set. */
    @Test
    @Order(7)
    void aMigrationThatFailsLeavesTheServicesAsTheyAre() throws Exception {
        dev.set(
                "daybook:imageMigrations",
                "123456789012.dkr.ecr.eu-central-1.amazonaws.com/daybook/migrations@sha256:"
                        + "4".repeat(64));
        dev.set("daybook:imageApi", image("api", '5'));
        dev.cloud().fail("daybook-dev-migrations-run", "exit status 1: running \"bin/run-task\"");

        Run failed = dev.up();
        assertThat(failed.code()).isNotZero();
        assertThat(failed.names("update")).doesNotContain("daybook-dev-services-api-service");

        Run resumed = dev.up();
        assertWell(resumed);
        assertThat(resumed.names("update")).contains("daybook-dev-services-api-service");
    }

    @Test
    @Order(8)
    void everythingElseIsChangedAtOnceWithoutLosingWhatHoldsData() throws Exception {
        dev.set("daybook:kafkaVersion", "4.1.x.kraft");
        dev.set("daybook:kafkaStorage", 200);
        dev.set("daybook:sinkPlugin", Plugins.another().toAbsolutePath().toString());
        dev.set("daybook:imageIngest", image("ingest", '6'));
        dev.set("daybook:tables", List.of("public.*", "billing.*"));
        dev.set("daybook:auditInstanceClass", "db.r7g.large");
        dev.set("daybook:auditEngineVersion", "16.11");
        dev.set("daybook:captureInstanceClass", "dms.c6i.large");
        dev.set("daybook:captureLobKilobytes", 512);
        dev.set("daybook:alarmEmail", "others@example.com");
        dev.set("daybook:apiInternal", "true");

        Run run = dev.up();

        assertWell(run);
        assertThat(replacedOrDeleted(run)).isEmpty();
        assertThat(calls(run))
                .containsSubsequence(
                        "create daybook-dev-kafka-configuration",
                        "update daybook-dev-kafka-cluster",
                        "delete daybook-dev-kafka-configuration")
                .containsSubsequence(
                        "create daybook-dev-sink-plugin",
                        "delete daybook-dev-sink-connector",
                        "create daybook-dev-sink-connector",
                        "delete daybook-dev-sink-plugin")
                .containsSubsequence(
                        "delete daybook-dev-services-api-balancer",
                        "create daybook-dev-services-api-balancer",
                        "create daybook-dev-services-api-listener");
        assertThat(run.names("update"))
                .contains("daybook-dev-capture-task", "daybook-dev-audit-cluster");
        assertThat(dev.up().calls()).isEmpty();
    }

    @Test
    @Order(9)
    void theClusterIsOpenedForAnInspectionAndClosedAgain() throws Exception {
        dev.set("daybook:inspectionAddresses", List.of("203.0.113.7/32"));
        dev.set(
                "daybook:inspectionUntil",
                Clock.systemUTC().instant().plus(Duration.ofHours(1)).toString());

        Run opened = dev.up();
        dev.unset("daybook:inspectionAddresses");
        dev.unset("daybook:inspectionUntil");
        Run closed = dev.up();

        assertWell(opened);
        assertThat(opened.names("update")).containsExactly("daybook-dev-kafka-cluster");
        assertWell(closed);
        assertThat(calls(closed))
                .startsWith("update daybook-dev-kafka-cluster")
                .contains("delete daybook-dev-network-inspection-route");
    }

    @Test
    @Order(10)
    void devIsDestroyedToTheLast() throws Exception {
        Run run = dev.destroy();

        assertWell(run);
        assertThat(dev.cloud().ids()).isEmpty();
    }

    @Test
    @Order(11)
    void prodComesUpBesideASourceThatIsThere() throws Exception {
        assertWell(prod.preview());
        assertWell(prod.up());
        assertThat(prod.up().calls()).isEmpty();
    }

    @Test
    @Order(12)
    void whatHoldsProdsDataIsNotReplaced() throws Exception {
        prod.set("daybook:auditDatabaseName", "other");

        Run run = prod.preview();

        prod.unset("daybook:auditDatabaseName");
        assertThat(run.code()).isNotZero();
        assertThat(run.output()).contains("daybook-prod-audit-cluster").contains("protect");
    }

    @Test
    @Order(13)
    void prodIsNotDestroyed() throws Exception {
        Run run = prod.destroy();

        assertThat(run.code()).isNotZero();
        assertThat(run.output()).contains("cannot be deleted").contains("unprotect");
        assertThat(run.calls()).isEmpty();
    }

    /** AWS makes no cluster with public access; without the inspection the run goes on. */
    @Test
    @Order(14)
    void anInspectionBeforeTheFirstUpStopsAtTheBrokers(@TempDir Path directory) throws Exception {
        try (Engine early =
                new Engine(Files.createDirectory(directory.resolve("e")), "dev", Plugins.whole())) {
            early.set("daybook:capture", "serverless");
            early.set("daybook:inspectionAddresses", List.of("203.0.113.7/32"));
            early.set(
                    "daybook:inspectionUntil",
                    Clock.systemUTC().instant().plus(Duration.ofHours(1)).toString());

            Run refused = early.up();
            early.unset("daybook:inspectionAddresses");
            early.unset("daybook:inspectionUntil");
            Run resumed = early.up();

            assertThat(refused.code()).isNotZero();
            assertThat(refused.output()).contains("You can't turn on public access");
            assertWell(resumed);
            assertThat(resumed.names("create"))
                    .contains("daybook-dev-kafka-cluster", "daybook-dev-capture-replication");
        }
    }

    private static void assertWell(Run run) {
        assertThat(run.code()).as(run.output()).isZero();
        assertThat(run.calls()).as(run.output()).noneMatch(Call::refused);
    }

    /** What holds data, passwords or a log and was deleted, to be replaced or for good. */
    private static List<String> replacedOrDeleted(Run run) {
        return run.calls().stream()
                .filter(call -> call.operation().equals("delete"))
                .filter(call -> Kind.of(call.type()).orElseThrow().holds())
                .map(Call::name)
                .toList();
    }

    private static List<String> calls(Run run) {
        return run.calls().stream().map(call -> call.operation() + " " + call.name()).toList();
    }

    private static String image(String name, char digest) {
        return "123456789012.dkr.ecr.eu-central-1.amazonaws.com/daybook/%s@sha256:%s"
                .formatted(name, String.valueOf(digest).repeat(64));
    }
}
