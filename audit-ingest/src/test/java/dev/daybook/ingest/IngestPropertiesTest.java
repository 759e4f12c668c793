package dev.daybook.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.daybook.service.InvalidSettingException;
import dev.daybook.service.StartupFailure;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import java.util.HashMap;
import java.util.Map;

class IngestPropertiesTest {

    private static final Map<String, String> GOOD =
            Map.of("daybook.ingest.sources.shop.topic", "changes.shop");

    @Test
    void aSourceIsAllItTakes() {
        IngestProperties properties = bind(GOOD);

        assertThat(properties.topics().entries().name()).isEqualTo("entries");
        assertThat(properties.guarantee()).isEqualTo(IngestProperties.Guarantee.AT_LEAST_ONCE);
        assertThat(properties.sources().get("shop").beforeImageMembers())
                .containsExactlyInAnyOrder("before-image", "beforeImage");
    }

    @Test
    void readsKeysOfTables() {
        Map<String, String> settings = new HashMap<>(GOOD);
        settings.put("daybook.ingest.keys[public.order_lines]", "order_id,line");

        assertThat(bind(settings).keys())
                .containsEntry("public.order_lines", java.util.List.of("order_id", "line"));
    }

    @ParameterizedTest
    @CsvSource({
        "daybook.ingest.sources.shop.topic,'',is empty",
        "daybook.ingest.keys[orders],id,which is not a table",
        "daybook.ingest.threads,0,is below 1",
        "daybook.ingest.commit-interval,0s,is below a millisecond",
        "daybook.ingest.max-record-bytes,1GB,is not between",
        "daybook.ingest.definition-wait,-1s,is negative",
        "daybook.ingest.chain-wait,-1s,is negative",
        "daybook.ingest.sources.other.topic-pattern,x,is not 0s",
        "daybook.ingest.redaction-key,short,is shorter",
        "daybook.ingest.redaction[0].columns,email,is not set",
        "daybook.ingest.sources.shop.catalog.url,mysql:x,is not a PostgreSQL URL",
        "daybook.ingest.sources.other.topic,changes.shop,one topic for two sources",
    })
    void aWrongSettingIsNamedWithItsRuleAndRemedy(String key, String value, String rule) {
        Map<String, String> settings = new HashMap<>(GOOD);
        settings.put(key, value);
        Throwable failure = catchThrowable(() -> bind(settings));

        StartupFailure said = StartupFailure.of(IngestApplication.SERVICE, failure);
        assertThat(said.exitCode()).isEqualTo(2);
        assertThat(said.line())
                .startsWith("daybook-ingest: ")
                .contains("daybook.ingest.")
                .contains(rule)
                .doesNotContain("\n");
        assertThat(failure)
                .rootCause()
                .isInstanceOfSatisfying(
                        InvalidSettingException.class,
                        setting -> assertThat(setting.remedy()).isNotBlank());
    }

    @Test
    void aChainIsFollowedOnlyWhereItIsWhole() {
        Map<String, String> settings = new HashMap<>();
        settings.put("daybook.ingest.definition-wait", "0s");
        settings.put("daybook.ingest.sources.shop.topic", "changes.shop");
        settings.put("daybook.ingest.sources.shop.follow-chain", "true");
        assertThat(bind(settings).sources().get("shop").followChain()).isTrue();

        settings.remove("daybook.ingest.sources.shop.topic");
        settings.put("daybook.ingest.sources.shop.topic-pattern", "shop\\.public\\..*");
        assertThat(catchThrowable(() -> bind(settings)))
                .hasRootCauseInstanceOf(InvalidSettingException.class)
                .hasStackTraceContaining("follow-chain");

        // Debezium's transactions are counted over all topics.
        settings.put("daybook.ingest.sources.shop.format", "debezium");
        assertThat(bind(settings).sources().get("shop").followChain()).isTrue();
    }

    @Test
    void hashingWithoutAKeyIsRefused() {
        Map<String, String> settings = new HashMap<>(GOOD);
        settings.put("daybook.ingest.redaction[0].columns", "email");
        settings.put("daybook.ingest.redaction[0].action", "hash");

        assertThat(catchThrowable(() -> bind(settings)))
                .hasRootCauseInstanceOf(InvalidSettingException.class);
    }

    @Test
    void secretsDoNotShowThemselves() {
        Map<String, String> settings = new HashMap<>(GOOD);
        settings.put("daybook.ingest.redaction-key", "a very secret text");
        settings.put("daybook.ingest.sources.shop.catalog.url", "jdbc:postgresql://db/shop");
        settings.put("daybook.ingest.sources.shop.catalog.password", "a very secret text");

        assertThat(bind(settings).toString()).doesNotContain("secret text");
    }

    private static IngestProperties bind(Map<String, String> settings) {
        return new Binder(new MapConfigurationPropertySource(settings))
                .bind("daybook.ingest", IngestProperties.class)
                .get();
    }
}
