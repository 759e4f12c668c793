package dev.daybook.infra;

import com.pulumi.deployment.internal.DeploymentImpl;
import com.pulumi.resources.Resource;
import com.pulumi.test.Mocks;
import com.pulumi.test.PulumiTest;
import com.pulumi.test.TestOptions;
import com.pulumi.test.TestResult;
import com.pulumi.test.internal.MockMonitor;
import com.pulumi.test.internal.PulumiTestInternal;

import dev.daybook.infra.resource.Json;
import dev.daybook.infra.resource.RandomPassword;

import org.yaml.snakeyaml.Yaml;

import pulumirpc.Resource.RegisterResourceRequest;
import pulumirpc.Resource.RegisterResourceResponse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs the program on Pulumi's mocks, with the example stacks' own configuration. */
final class Stacks {

    static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

    private Stacks() {}

    /**
     * What came of a run.
     *
     * @param resources in the order in which they were declared
     * @param outputs the stack's, by name
     * @param failures why it failed, if it did
     */
    record Run(List<Declared> resources, List<String> outputs, List<Exception> failures) {

        List<Declared> of(String type) {
            return resources.stream().filter(resource -> resource.is(type)).toList();
        }

        Declared one(String type) {
            List<Declared> found = of(type);
            if (found.size() != 1) {
                throw new AssertionError("Expected one " + type + ", found " + found.size() + ".");
            }
            return found.getFirst();
        }

        Declared named(String name) {
            return resources.stream()
                    .filter(resource -> resource.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("There is no " + name + "."));
        }
    }

    /** Runs an example stack with some keys set otherwise; an empty text unsets one. */
    static Run run(String stack, Map<String, String> changes) {
        return run(stack, stack, changes);
    }

    /** Runs an example stack under another name. */
    static Run run(String stack, String name, Map<String, String> changes) {
        Map<String, String> config = configuration(stack);
        changes.forEach(
                (key, value) -> {
                    if (value.isEmpty()) {
                        config.remove(key);
                    } else {
                        config.put(key, value);
                    }
                });
        List<Declared> declared = Collections.synchronizedList(new ArrayList<>());
        Mocks mocks = new Cloud();
        PulumiTestInternal test =
                PulumiTestInternal.builder()
                        .options(
                                TestOptions.builder()
                                        .projectName("daybook")
                                        .stackName(name)
                                        .build())
                        .config(config)
                        .mocks(mocks)
                        .monitorDecorator(monitor -> new Recorder(mocks, declared))
                        .deploymentFactory(
                                state -> {
                                    state.runner = new QuietRunner();
                                    return new DeploymentImpl(state);
                                })
                        .build();
        try {
            TestResult result =
                    test.runTestAsync(context -> AuditStack.define(context, CLOCK))
                            .get(10, TimeUnit.MINUTES);
            return new Run(
                    List.copyOf(declared),
                    result.outputs().keySet().stream().sorted().toList(),
                    result.exceptions());
        } catch (ExecutionException | InterruptedException | TimeoutException e) {
            throw new AssertionError(
                    "The program did not end; it declared "
                            + declared.stream().map(Declared::name).toList(),
                    e);
        } finally {
            PulumiTest.cleanup();
        }
    }

    /** An example stack's configuration, as the engine would give it to the program. */
    static Map<String, String> configuration(String stack) {
        try {
            Map<String, Map<String, Object>> file =
                    new Yaml().load(Files.readString(Path.of("Pulumi." + stack + ".yaml")));
            Map<String, String> config = new HashMap<>();
            file.getOrDefault("config", Map.of())
                    .forEach(
                            (key, value) ->
                                    config.put(
                                            key,
                                            value instanceof List<?> list
                                                    ? Json.text(list)
                                                    : value.toString()));
            // The plugin is another module's; one of the tests' own stands for it here.
            config.put("daybook:sinkPlugin", Plugins.whole().toString());
            return config;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes down what is declared, and answers as the mocks do. */
    private static final class Recorder extends MockMonitor {
        private final List<Declared> declared;

        Recorder(Mocks mocks, List<Declared> declared) {
            super(mocks, PulumiTestInternal.mockLog());
            this.declared = declared;
        }

        @Override
        public CompletableFuture<RegisterResourceResponse> registerResourceAsync(
                Resource resource, RegisterResourceRequest request) {
            declared.add(
                    new Declared(
                            request.getType(),
                            request.getName(),
                            request.getParent(),
                            request.getProvider(),
                            request.getProtect(),
                            List.copyOf(request.getDependenciesList()),
                            request.getObject()));
            return super.registerResourceAsync(resource, request);
        }
    }

    /** Answers with what was asked for and the outputs that AWS would add. */
    private static final class Cloud implements Mocks {
        @Override
        public CompletableFuture<ResourceResult> newResourceAsync(ResourceArgs args) {
            String name = Optional.ofNullable(args.name).orElse("");
            String type = Optional.ofNullable(args.type).orElse("");
            Map<String, Object> state = new HashMap<>();
            if (args.inputs != null) {
                state.putAll(args.inputs);
            }
            String service = type.replaceAll("aws:([^/]*)/.*", "$1");
            state.putIfAbsent("arn", "arn:aws:" + service + ":eu-central-1:123456789012:" + name);
            switch (type) {
                case "aws:msk/cluster:Cluster" -> {
                    state.put(
                            "arn",
                            "arn:aws:kafka:eu-central-1:123456789012:cluster/" + name + "/0-1");
                    state.put("bootstrapBrokersSaslIam", "b-1.kafka:9098,b-2.kafka:9098");
                    state.put("bootstrapBrokersSaslScram", "b-1.kafka:9096,b-2.kafka:9096");
                    state.put("bootstrapBrokersPublicSaslIam", "b-1-public.kafka:9198");
                }
                case "aws:cloudwatch/logGroup:LogGroup" ->
                        state.put(
                                "arn", "arn:aws:logs:eu-central-1:123456789012:log-group:" + name);
                case "aws:rds/cluster:Cluster" -> {
                    state.put("endpoint", name + ".rds.example");
                    state.put(
                            "masterUserSecrets",
                            List.of(
                                    Map.of(
                                            "secretArn",
                                            "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!"
                                                    + name)));
                }
                case "aws:secretsmanager/secretVersion:SecretVersion" ->
                        state.put("versionId", name + "-1");
                case "aws:ec2/vpcEndpoint:VpcEndpoint" -> state.put("prefixListId", "pl-1");
                case "aws:dms/replicationTask:ReplicationTask" ->
                        state.put(
                                "replicationTaskArn",
                                "arn:aws:dms:eu-central-1:123456789012:task:TASK");
                case "aws:dms/replicationInstance:ReplicationInstance" ->
                        state.put(
                                "replicationInstanceArn",
                                "arn:aws:dms:eu-central-1:123456789012:rep:REP");
                case "aws:dms/endpoint:Endpoint" ->
                        state.put(
                                "endpointArn",
                                "arn:aws:dms:eu-central-1:123456789012:endpoint:" + name);
                case "aws:lb/loadBalancer:LoadBalancer" -> {
                    state.put("dnsName", "api.elb.example");
                    state.put("arnSuffix", "app/api/1");
                }
                case "aws:lb/targetGroup:TargetGroup" ->
                        state.put("arnSuffix", "targetgroup/api/1");
                case "aws:mskconnect/customPlugin:CustomPlugin",
                        "aws:mskconnect/workerConfiguration:WorkerConfiguration",
                        "aws:msk/configuration:Configuration" ->
                        state.put("latestRevision", 1);
                case RandomPassword.TYPE -> state.put("result", "PASSWORD-" + name);
                default -> {}
            }
            return CompletableFuture.completedFuture(
                    ResourceResult.of(Optional.of(name + "-id"), state));
        }
    }
}
