package dev.daybook.infra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.pulumi.Config;
import com.pulumi.deployment.internal.DeploymentImpl;

import dev.daybook.infra.settings.InvalidSettingException;
import dev.daybook.infra.settings.Settings;
import dev.daybook.infra.settings.SettingsReader;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Map;

/** A setting that breaks a rule is refused by a message with its key, the rule and the remedy. */
class SettingsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "profile|staging|is neither dev nor prod",
                "accountId|1234|is not an account number",
                "zones|[\"eu-central-1a\",\"eu-central-1a\",\"eu-central-1b\"]|three different zones",
                "zones|[\"eu-west-1a\",\"eu-central-1a\",\"eu-central-1b\"]|which is not in eu-central-1",
                "zones|eu-central-1a|not a list",
                "vpcCidr|10.0.0.0/24|not a /16",
                "vpcCidr|10.20.0.0/16|which overlaps the source's network 10.20.0.0/16",
                "sourceVpcCidr|10.0.0.0/8|which overlaps the source's network 10.0.0.0/8",
                "sourceVpcCidr|10.60.128.0/20|which overlaps the source's network 10.60.128.0/20",
                "sourceVpcCidr|10.20.0.1/16|not a range of addresses",
                "sourceName|My Shop|not a short name",
                "tables|[]|names no table",
                "tables|[\"orders\"]|which is not schema.table",
                "source|copied|is neither made nor existing",
                "sourceHost|``|is not set",
                "sourceSecretArn|hunter2|is not a secret's ARN",
                "sourceRouteTables|[]|names no route table",
                "auditEngineVersion|14.9|not a version of Aurora PostgreSQL from 15 on",
                "auditEngineVersion|16.6|which AWS no longer creates",
                "auditEngineVersion|15.8|which AWS no longer creates",
                "auditInstanceClass|r7g.large|not an instance class",
                "auditInstanceClass|db.x2g.large|does not have in eu-central-1",
                "kafkaVersion|4.2.x.kraft|MSK does not create on these brokers",
                "capture|glue|is neither instance nor serverless",
                "captureStart|yes|write true or false",
                "captureLobKilobytes|8192|which no record of daybook:kafkaMaxMessageBytes holds",
                "changesPartitions|many|not a number",
                "changesPartitions|0|write a number from 1 to 200",
                "ingestTasks|9|more than the 8 partitions",
                "imageApi|123456789012.dkr.ecr.eu-central-1.amazonaws.com/daybook/api:latest|is not an image by digest",
                "imageApi|docker.io/daybook/api@sha256:0000000000000000000000000000000000000000000000000000000000000002|is not in this account's registry",
                "apiCertificateArn|none|is not a certificate of ACM",
                "apiCertificateArn|arn:aws:acm:eu-west-1:123456789012:certificate/1|is not a certificate of ACM in eu-central-1",
                "kafkaInstanceType|kafka.t3.small|which MSK refuses with Kafka 3.9.x.kraft",
                "kafkaVersion|latest|is not a version of MSK",
                "apiAddresses|[]|names nobody",
                "apiAddresses|[\"0.0.0.0/0\"]|which is everyone",
                "apiAddresses|[\"203.0.113.300/32\"]|not a range of addresses",
                "inspectionUntil|2026-11-23T00:00:00Z|is missing",
                "alarmEmail|somebody|not an address",
                "sinkPlugin|``|is not set",
            })
    void refuses(String key, String value, String rule) {
        assertThatThrownBy(() -> settings(Map.of("daybook:" + key, value)))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("daybook:")
                .hasMessageContaining(
                        switch (key) {
                            case "inspectionUntil" -> "inspectionAddresses";
                            case "sourceVpcCidr" -> "Cidr";
                            default -> key;
                        })
                .hasMessageContaining(rule)
                .hasMessageEndingWith(".");
    }

    @Test
    void anInspectionThatIsOverIsNotPassedSilently() {
        assertThatThrownBy(
                        () ->
                                settings(
                                        Map.of(
                                                "daybook:inspectionAddresses",
                                                        "[\"198.51.100.7/32\"]",
                                                "daybook:inspectionUntil", "2026-11-22T11:59:59Z")))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage(
                        "daybook:inspectionUntil was 2026-11-22T11:59:59Z and is over: unset"
                                + " daybook:inspectionAddresses and daybook:inspectionUntil and run again,"
                                + " which closes the cluster; or name a later time.");
    }

    @Test
    void anInspectionIsForFewAndShort() {
        assertThatThrownBy(() -> settings(inspection("198.51.0.0/16", "2026-11-23T00:00:00Z")))
                .hasMessageContaining("which is more than 256 addresses");
        assertThatThrownBy(() -> settings(inspection("198.51.100.7/32", "2026-12-24T00:00:00Z")))
                .hasMessageContaining("is more than 7 days away");
        assertThatThrownBy(() -> settings(inspection("198.51.100.7/32", "tomorrow")))
                .hasMessageContaining("is tomorrow, not a time in UTC");
        assertThat(settings(inspection("198.51.100.7/32", "2026-11-23T00:00:00Z")).inspection())
                .isPresent();
    }

    @Test
    void everyoneMustBeMeant() {
        Settings settings =
                settings(
                        Map.of(
                                "daybook:apiAddresses", "[\"0.0.0.0/0\"]",
                                "daybook:apiForEveryone", "true"));

        assertThat(settings.services().addresses()).containsExactly("0.0.0.0/0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"3", "5", "100", "512"})
    void aCapacityThatDmsDoesNotHaveIsRefused(String units) {
        assertThatThrownBy(
                        () ->
                                settings(
                                        Map.of(
                                                "daybook:capture",
                                                "serverless",
                                                "daybook:captureMaxCapacity",
                                                units)))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("daybook:captureMaxCapacity is " + units);
    }

    @ParameterizedTest
    @ValueSource(strings = {"staging-europe-west", "Prod", "a_b", "a.b", "a--b", "b-", "1st"})
    void aStackThatResourcesCannotBeNamedAfterIsRefused(String name) {
        assertThatThrownBy(() -> read("prod", name, Map.of()))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith("The stack's name is " + name + ", and resources cannot");
        assertThat(read("prod", "staging-euwest1", Map.of()).stack())
                .isEqualTo("daybook-staging-euwest1");
    }

    @Test
    void aMajorVersionAloneIsItsNewestMinor() {
        Settings.Database audit = settings(Map.of("daybook:auditEngineVersion", "17")).audit();

        assertThat(audit.engineVersion()).isEqualTo("17");
        assertThat(audit.family()).isEqualTo("aurora-postgresql17");
    }

    @Test
    void theSmallestBrokersAreForZooKeeperOnly() {
        Settings.Kafka kafka =
                settings(
                                Map.of(
                                        "daybook:kafkaInstanceType", "kafka.t3.small",
                                        "daybook:kafkaVersion", "3.9.x"))
                        .kafka();

        assertThat(kafka.instanceType()).isEqualTo("kafka.t3.small");
    }

    @Test
    void theZonesAreOnesThatTheRegionHas() {
        assertThat(settings(Map.of()).zones())
                .containsExactly("eu-central-1a", "eu-central-1b", "eu-central-1c");
        assertThat(SettingsReader.defaultZones("ap-northeast-1"))
                .containsExactly("ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d");
        assertThatThrownBy(() -> settings(Map.of("aws:region", "us-west-1")))
                .hasMessageContaining("has no three zones");
        assertThatThrownBy(() -> settings(Map.of("aws:region", "us-gov-west-1")))
                .hasMessageContaining("is not a region of the partition aws");
    }

    @Test
    void theExamplesAreValid() {
        assertThat(read("dev", Map.of()).profile()).isEqualTo(Settings.Profile.DEV);
        assertThat(read("prod", Map.of()).profile()).isEqualTo(Settings.Profile.PROD);
    }

    private static Map<String, String> inspection(String address, String until) {
        return Map.of(
                "daybook:inspectionAddresses",
                "[\"" + address + "\"]",
                "daybook:inspectionUntil",
                until);
    }

    private static Settings settings(Map<String, String> changes) {
        return read("prod", changes);
    }

    private static Settings read(String stack, Map<String, String> changes) {
        return read(stack, stack, changes);
    }

    private static Settings read(String stack, String name, Map<String, String> changes) {
        Map<String, String> config = Stacks.configuration(stack);
        config.putAll(changes);
        DeploymentImpl.Config values =
                new DeploymentImpl.Config(ImmutableMap.copyOf(config), ImmutableSet.of());
        return SettingsReader.read(
                "daybook",
                name,
                new Config(values, "daybook"),
                new Config(values, "aws"),
                Stacks.CLOCK);
    }
}
