package dev.daybook.infra;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.infra.container.OneOffTask;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** {@code bin/run-task}, with an {@code aws} that answers as the test wants. */
class RunTaskTest {

    @TempDir Path directory;

    @Test
    void startsWaitsAndEndsWell() throws Exception {
        Ended ended = run("0", "0");

        assertThat(ended.code()).isZero();
        assertThat(ended.output()).contains("task-1 has ended well");
        assertThat(Files.readAllLines(directory.resolve("calls")))
                .anyMatch(
                        call ->
                                call.contains("ecs run-task")
                                        && call.contains("--region eu-central-1")
                                        && call.contains(
                                                "subnets=[subnet-1,subnet-2],securityGroups=[sg-1],assignPublicIp=DISABLED"))
                .anyMatch(call -> call.contains("ecs wait tasks-stopped"));
    }

    @Test
    void aTaskThatFailsFailsTheDeploymentAndSaysWhereItsLogIs() throws Exception {
        Ended ended = run("0", "1");

        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.output())
                .contains("task-1 ended with code 1")
                .contains("Essential container exited")
                .contains("look at /daybook-dev-migrations");
    }

    @Test
    void aTaskThatCannotBeStartedIsTriedAgainAndThenSaid() throws Exception {
        Ended ended = run("1", "0");

        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.output()).contains("could not be started in 2 attempts");
        assertThat(Files.readAllLines(directory.resolve("calls"))).hasSize(2);
    }

    @Test
    void aTaskThatEcsHasNoRoomForSaysWhy() throws Exception {
        Ended ended = answering("*run-task*) printf 'None\\tRESOURCE:ENI\\n' ;;");

        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.output())
                .contains("could not be started in 2 attempts (RESOURCE:ENI)")
                .contains("run pulumi up again");
    }

    @Test
    void missingCredentialsAreNotTriedAgain() throws Exception {
        Ended ended = answering("*run-task*) echo 'Unable to locate credentials' >&2; exit 253 ;;");

        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.output()).contains("has no valid credentials");
        assertThat(Files.readAllLines(directory.resolve("calls"))).hasSize(1);
    }

    @Test
    void aWaiterThatIsRefusedIsNotATaskThatDoesNotEnd() throws Exception {
        Ended ended =
                answering(
                        """
                        *run-task*) printf 'arn:task-1\\tNone\\n' ;;
                        *wait*|*lastStatus*) echo 'AccessDenied: ecs:DescribeTasks' >&2; exit 254 ;;
                        """);

        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.output())
                .contains("its state cannot be read (AccessDenied: ecs:DescribeTasks)")
                .doesNotContain("did not end");
    }

    @Test
    void aTaskThatOutlivesTheWaiterIsWaitedFor() throws Exception {
        Ended ended =
                answering(
                        """
                        *run-task*) printf 'arn:task-1\\tNone\\n' ;;
                        *wait*) exit 255 ;;
                        *lastStatus*) [ "$(grep -c lastStatus "$0.calls")" = 3 ] && echo STOPPED || echo RUNNING ;;
                        *exitCode*) echo 0 ;;
                        """
                                .replace("$0.calls", directory.resolve("calls").toString()));

        assertThat(ended.code()).isZero();
        assertThat(ended.output()).contains("has ended well");
    }

    private record Ended(int code, String output) {}

    private Ended run(String startCode, String exitCode) throws IOException, InterruptedException {
        return answering(
                """
                *run-task*) [ %1$s = 0 ] && printf 'arn:task-1\\tNone\\n'; exit %1$s ;;
                *exitCode*) echo %2$s ;;
                *stoppedReason*) printf 'Essential container exited\\tNone\\n' ;;
                """
                        .formatted(startCode, exitCode));
    }

    /** Runs the script with an {@code aws} that answers by these cases of its arguments. */
    private Ended answering(String cases) throws IOException, InterruptedException {
        Path aws = directory.resolve("aws");
        Files.writeString(
                aws,
                "#!/usr/bin/env bash\necho \"$*\" >>\"%s/calls\"\ncase \"$*\" in\n%s\nesac\n"
                        .formatted(directory, cases));
        assertThat(aws.toFile().setExecutable(true)).isTrue();
        ProcessBuilder builder =
                new ProcessBuilder(List.of(OneOffTask.SCRIPT)).redirectErrorStream(true);
        builder.environment()
                .putAll(
                        Map.of(
                                "PATH", directory + ":" + System.getenv("PATH"),
                                "DAYBOOK_REGION", "eu-central-1",
                                "DAYBOOK_CLUSTER", "cluster",
                                "DAYBOOK_TASK_DEFINITION", "daybook-dev-migrations:1",
                                "DAYBOOK_SUBNETS", "subnet-1,subnet-2",
                                "DAYBOOK_SECURITY_GROUP", "sg-1",
                                "DAYBOOK_LOG_GROUP", "/daybook-dev-migrations",
                                "DAYBOOK_START_ATTEMPTS", "2",
                                "DAYBOOK_START_PAUSE", "0"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), output);
    }
}
