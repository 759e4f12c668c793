package dev.daybook.connect.aws;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;

import org.apache.kafka.common.config.ConfigData;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.provider.ConfigProvider;
import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClientBuilder;
import software.amazon.awssdk.services.secretsmanager.model.ResourceNotFoundException;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Gives a connector's settings the members of a secret: {@code ${secretsmanager:NAME:MEMBER}}. The
 * secret is a flat JSON object of texts, as the console and RDS write it; it is read in its current
 * version, with the worker's own role. An ARN cannot name it: Kafka ends the name at the first
 * colon. A member that is null is not there.
 *
 * <p>What is given has no end: a provider that set one would have the worker restart the connector
 * again and again. A new password comes with a change of the connector's settings.
 */
public final class SecretsManagerConfigProvider implements ConfigProvider {

    /** The region, required: a worker on MSK Connect does not know its own. */
    static final String REGION = "region";

    /** Another address of Secrets Manager, for tests. */
    static final String ENDPOINT = "endpoint";

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final JsonFactory json = new JsonFactory();
    private @Nullable SecretsManagerClient client;

    @Override
    public void configure(Map<String, ?> settings) {
        Object region = settings.get(REGION);
        if (region == null || region.toString().isBlank()) {
            throw new ConfigException(
                    "config.providers.<name>.param.region is not set: name the secrets' region, such"
                            + " as eu-central-1.");
        }
        SecretsManagerClientBuilder builder =
                SecretsManagerClient.builder()
                        .region(Region.of(region.toString().strip()))
                        .httpClientBuilder(
                                UrlConnectionHttpClient.builder()
                                        .connectionTimeout(TIMEOUT)
                                        .socketTimeout(TIMEOUT));
        if (settings.get(ENDPOINT) != null) {
            builder.endpointOverride(URI.create(settings.get(ENDPOINT).toString()));
        }
        client = builder.build();
    }

    @Override
    public ConfigData get(String secret) {
        return new ConfigData(members(secret));
    }

    @Override
    public ConfigData get(String secret, Set<String> names) {
        Map<String, String> members = members(secret);
        Map<String, String> wanted = new HashMap<>();
        for (String name : names) {
            String value = members.get(name);
            if (value == null) {
                // Its names may be said, its values never.
                throw new ConfigException(
                        "The secret "
                                + secret
                                + " has no member \""
                                + name
                                + "\": it has "
                                + members.keySet()
                                + ".");
            }
            wanted.put(name, value);
        }
        return new ConfigData(wanted);
    }

    @Override
    public void close() throws IOException {
        if (client != null) {
            client.close();
        }
    }

    private Map<String, String> members(String secret) {
        if (client == null) {
            throw new IllegalStateException("configure() comes first.");
        }
        if (secret == null || secret.isBlank()) {
            throw new ConfigException(
                    "A reference names no secret: write ${secretsmanager:NAME:MEMBER}.");
        }
        if (secret.equals("arn")) {
            throw new ConfigException(
                    "A reference names a secret by its ARN, which Kafka cuts at its first colon: write"
                            + " the secret's name, ${secretsmanager:NAME:MEMBER}.");
        }
        String text;
        try {
            text = client.getSecretValue(request -> request.secretId(secret)).secretString();
        } catch (ResourceNotFoundException e) {
            throw new ConfigException(
                    "There is no secret "
                            + secret
                            + " in this region: correct its name, or make it.");
        }
        if (text == null) {
            throw new ConfigException(
                    "The secret " + secret + " holds bytes: store a JSON object of texts.");
        }
        return parse(secret, text);
    }

    private Map<String, String> parse(String secret, String text) {
        Map<String, String> members = new HashMap<>();
        try (JsonParser parser = json.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw notAnObject(secret);
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                if (!parser.nextToken().isScalarValue()) {
                    throw notAnObject(secret);
                }
                if (parser.currentToken() != JsonToken.VALUE_NULL) {
                    members.put(name, parser.getText());
                }
            }
            return members;
        } catch (JsonProcessingException e) {
            // Its message would quote the secret.
            throw notAnObject(secret);
        } catch (IOException e) {
            throw new IllegalStateException("A text cannot fail to be read.", e);
        }
    }

    private static ConfigException notAnObject(String secret) {
        return new ConfigException(
                "The secret "
                        + secret
                        + " is not a flat JSON object: store one such as {\"username\": …,"
                        + " \"password\": …}.");
    }
}
