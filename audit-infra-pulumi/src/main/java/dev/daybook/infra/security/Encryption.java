package dev.daybook.infra.security;

import com.pulumi.aws.kms.Alias;
import com.pulumi.aws.kms.AliasArgs;
import com.pulumi.aws.kms.Key;
import com.pulumi.aws.kms.KeyArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;

import dev.daybook.infra.resource.Component;
import dev.daybook.infra.resource.Json;
import dev.daybook.infra.resource.PolicyDocument;

import java.util.List;
import java.util.Map;

/**
 * Two keys of the account's own: one for what is stored, one for secrets. The second is what MSK
 * insists on for SASL/SCRAM; that they are two keeps those who may read data from reading
 * passwords.
 */
public final class Encryption extends Component {

    /**
     * @param accountId whose administrators look after the keys
     * @param region where the log service uses the first
     * @param protect whether the keys may not be deleted
     */
    public record Args(String accountId, String region, boolean protect) {}

    private final Output<String> dataKeyArn;
    private final Output<String> secretsKeyArn;

    public Encryption(String name, Args args, ComponentResourceOptions options) {
        super("Encryption", name, options);
        dataKeyArn =
                key(
                        "data",
                        "What the pipeline stores: databases, topics, logs, objects",
                        List.of(account(args), logs(args), alarms()),
                        args);
        secretsKeyArn = key("secrets", "The pipeline's passwords", List.of(account(args)), args);
        registerOutputs(Map.of("dataKeyArn", dataKeyArn, "secretsKeyArn", secretsKeyArn));
    }

    public Output<String> dataKeyArn() {
        return dataKeyArn;
    }

    public Output<String> secretsKeyArn() {
        return secretsKeyArn;
    }

    private Output<String> key(
            String word, String description, List<Map<String, Object>> statements, Args args) {
        Key key =
                new Key(
                        named(word),
                        KeyArgs.builder()
                                .description(description)
                                .enableKeyRotation(true)
                                .deletionWindowInDays(30)
                                .policy(PolicyDocument.document(statements))
                                .build(),
                        holding(args.protect()));
        new Alias(
                named(word + "-alias"),
                AliasArgs.builder().name("alias/" + named(word)).targetKeyId(key.keyId()).build(),
                within());
        return key.arn();
    }

    // In a key's own policy the resource "*" is that key and nothing else.

    private static Map<String, Object> account(Args args) {
        return Json.object(
                "Sid",
                "Account",
                "Effect",
                "Allow",
                "Principal",
                Json.object("AWS", "arn:aws:iam::" + args.accountId() + ":root"),
                "Action",
                "kms:*",
                "Resource",
                "*");
    }

    private static Map<String, Object> logs(Args args) {
        return Json.object(
                "Sid",
                "Logs",
                "Effect",
                "Allow",
                "Principal",
                Json.object("Service", "logs." + args.region() + ".amazonaws.com"),
                "Action",
                List.of(
                        "kms:Encrypt",
                        "kms:Decrypt",
                        "kms:ReEncryptTo",
                        "kms:ReEncryptFrom",
                        "kms:GenerateDataKey",
                        "kms:DescribeKey"),
                "Resource",
                "*",
                "Condition",
                Json.object(
                        "ArnLike",
                        Json.object(
                                "kms:EncryptionContext:aws:logs:arn",
                                "arn:aws:logs:"
                                        + args.region()
                                        + ":"
                                        + args.accountId()
                                        + ":log-group:*")));
    }

    private static Map<String, Object> alarms() {
        return Json.object(
                "Sid",
                "Alarms",
                "Effect",
                "Allow",
                "Principal",
                Json.object("Service", List.of("cloudwatch.amazonaws.com", "dms.amazonaws.com")),
                "Action",
                List.of("kms:Decrypt", "kms:GenerateDataKey"),
                "Resource",
                "*");
    }
}
