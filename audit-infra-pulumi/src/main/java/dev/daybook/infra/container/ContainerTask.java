package dev.daybook.infra.container;

import com.pulumi.aws.cloudwatch.LogGroup;
import com.pulumi.aws.cloudwatch.LogGroupArgs;
import com.pulumi.aws.ecs.ServiceArgs;
import com.pulumi.aws.ecs.TaskDefinition;
import com.pulumi.aws.ecs.TaskDefinitionArgs;
import com.pulumi.aws.ecs.inputs.ServiceDeploymentCircuitBreakerArgs;
import com.pulumi.aws.ecs.inputs.ServiceNetworkConfigurationArgs;
import com.pulumi.aws.ecs.inputs.TaskDefinitionRuntimePlatformArgs;
import com.pulumi.aws.ecs.inputs.TaskDefinitionVolumeArgs;
import com.pulumi.aws.iam.Role;
import com.pulumi.aws.iam.RoleArgs;
import com.pulumi.aws.iam.RolePolicy;
import com.pulumi.aws.iam.RolePolicyArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;

import dev.daybook.infra.network.Group;
import dev.daybook.infra.network.Network;
import dev.daybook.infra.resource.Component;
import dev.daybook.infra.resource.PolicyDocument;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A task definition with its two roles and its log. The execution role is ECS's, to fetch images
 * and secrets before the containers run; the task role is the containers' own.
 */
public final class ContainerTask extends Component {

    /**
     * @param containers what runs
     * @param cpu in 1/1024 of a processor
     * @param memory in MiB
     * @param secretArns secrets that the containers refer to
     * @param secretsKeyArn the key of those
     * @param may what the containers themselves may do
     * @param dataKeyArn the key of the log
     * @param logDays how long the log is kept
     * @param accountId the account
     * @param region the region
     */
    public record Args(
            List<Container> containers,
            int cpu,
            int memory,
            List<Output<String>> secretArns,
            Output<String> secretsKeyArn,
            List<PolicyDocument.Allow> may,
            Output<String> dataKeyArn,
            int logDays,
            String accountId,
            String region) {}

    private final TaskDefinition definition;
    private final Output<String> logGroup;
    private final Output<String> executionRoleArn;
    private final Output<String> taskRoleArn;

    ContainerTask(String name, Args args, ComponentResourceOptions options) {
        super("Task", name, options);
        LogGroup log =
                new LogGroup(
                        named("log"),
                        LogGroupArgs.builder()
                                .name("/" + name)
                                .retentionInDays(args.logDays())
                                .kmsKeyId(args.dataKeyArn())
                                .build(),
                        within());
        logGroup = log.name();
        Role execution = role("execution", "Lets ECS start the containers", args);
        List<Resource> policies = new ArrayList<>();
        policies.add(
                new RolePolicy(
                        named("execution-policy"),
                        RolePolicyArgs.builder()
                                .role(execution.id())
                                .policy(PolicyDocument.of(executionMay(args, log)))
                                .build(),
                        within()));
        Role task = role("task", "What the containers may do", args);
        if (!args.may().isEmpty()) {
            policies.add(
                    new RolePolicy(
                            named("task-policy"),
                            RolePolicyArgs.builder()
                                    .role(task.id())
                                    .policy(PolicyDocument.of(args.may()))
                                    .build(),
                            within()));
        }
        executionRoleArn = execution.arn();
        taskRoleArn = task.arn();
        Set<String> volumes = new LinkedHashSet<>();
        args.containers().forEach(container -> volumes.addAll(container.volumes().keySet()));
        definition =
                new TaskDefinition(
                        named("definition"),
                        TaskDefinitionArgs.builder()
                                .family(name)
                                .cpu(Integer.toString(args.cpu()))
                                .memory(Integer.toString(args.memory()))
                                .networkMode("awsvpc")
                                .requiresCompatibilities("FARGATE")
                                .runtimePlatform(
                                        TaskDefinitionRuntimePlatformArgs.builder()
                                                .cpuArchitecture("ARM64")
                                                .operatingSystemFamily("LINUX")
                                                .build())
                                .executionRoleArn(execution.arn())
                                .taskRoleArn(task.arn())
                                .containerDefinitions(
                                        Container.definitions(
                                                args.containers(), log.name(), args.region()))
                                .volumes(
                                        volumes.stream()
                                                .map(
                                                        volume ->
                                                                TaskDefinitionVolumeArgs.builder()
                                                                        .name(volume)
                                                                        .build())
                                                .toList())
                                .build(),
                        after(policies));
        registerOutputs(Map.of("definitionArn", definition.arn(), "logGroup", logGroup));
    }

    /** Returns the revision of the definition. */
    Output<String> arn() {
        return definition.arn();
    }

    Output<String> logGroup() {
        return logGroup;
    }

    Output<String> executionRoleArn() {
        return executionRoleArn;
    }

    Output<String> taskRoleArn() {
        return taskRoleArn;
    }

    /** Returns what a service of this task on Fargate is declared with, whichever it is. */
    ServiceArgs.Builder service(Output<String> clusterArn, Network network, Group party) {
        return ServiceArgs.builder()
                .cluster(clusterArn)
                .taskDefinition(arn())
                .launchType("FARGATE")
                .platformVersion("1.4.0")
                .enableExecuteCommand(false)
                .enableEcsManagedTags(true)
                .propagateTags("SERVICE")
                .waitForSteadyState(true)
                .deploymentCircuitBreaker(
                        ServiceDeploymentCircuitBreakerArgs.builder()
                                .enable(true)
                                .rollback(true)
                                .build())
                .networkConfiguration(
                        ServiceNetworkConfigurationArgs.builder()
                                .subnets(network.privateSubnets())
                                .securityGroups(Output.all(List.of(network.group(party))))
                                .assignPublicIp(false)
                                .build());
    }

    private Role role(String word, String description, Args args) {
        return new Role(
                named(word + "-role"),
                RoleArgs.builder()
                        .description(description)
                        .assumeRolePolicy(
                                PolicyDocument.trust("ecs-tasks.amazonaws.com", args.accountId()))
                        .build(),
                within());
    }

    private static List<PolicyDocument.Allow> executionMay(Args args, LogGroup log) {
        Set<String> repositories = new LinkedHashSet<>();
        for (Container container : args.containers()) {
            String image = container.image();
            String repository = image.substring(image.indexOf('/') + 1, image.indexOf('@'));
            int tag = repository.indexOf(':');
            repositories.add(tag < 0 ? repository : repository.substring(0, tag));
        }
        List<Output<String>> repositoryArns = new ArrayList<>();
        for (String repository : repositories) {
            repositoryArns.add(
                    Output.of(
                            "arn:aws:ecr:"
                                    + args.region()
                                    + ":"
                                    + args.accountId()
                                    + ":repository/"
                                    + repository));
        }
        List<PolicyDocument.Allow> may = new ArrayList<>();
        may.add(
                new PolicyDocument.Allow(
                        "PullImages",
                        List.of(
                                "ecr:BatchCheckLayerAvailability",
                                "ecr:GetDownloadUrlForLayer",
                                "ecr:BatchGetImage"),
                        repositoryArns));
        // AWS knows no resource for this action: the token is the account's.
        may.add(
                new PolicyDocument.Allow(
                        "LogInToRegistry",
                        List.of("ecr:GetAuthorizationToken"),
                        List.of(Output.of("*"))));
        may.add(
                new PolicyDocument.Allow(
                        "WriteLog",
                        List.of("logs:CreateLogStream", "logs:PutLogEvents"),
                        List.of(Output.format("%s:log-stream:*", log.arn()))));
        if (!args.secretArns().isEmpty()) {
            may.add(
                    new PolicyDocument.Allow(
                            "ReadSecrets",
                            List.of("secretsmanager:GetSecretValue"),
                            args.secretArns()));
            may.add(
                    new PolicyDocument.Allow(
                            "DecryptSecrets",
                            List.of("kms:Decrypt"),
                            List.of(args.secretsKeyArn())));
        }
        return may;
    }
}
