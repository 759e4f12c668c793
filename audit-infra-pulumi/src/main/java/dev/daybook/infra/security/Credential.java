package dev.daybook.infra.security;

import com.pulumi.aws.secretsmanager.Secret;
import com.pulumi.aws.secretsmanager.SecretArgs;
import com.pulumi.aws.secretsmanager.SecretVersion;
import com.pulumi.aws.secretsmanager.SecretVersionArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;

import dev.daybook.infra.resource.Component;
import dev.daybook.infra.resource.Json;
import dev.daybook.infra.resource.RandomPassword;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A user name and a random password in Secrets Manager. Everything that needs them names the
 * secret's version; the password itself is nowhere but in that secret and, encrypted, in the
 * stack's state.
 */
public final class Credential extends Component {

    /**
     * @param secretName what the secret is called; MSK insists on the prefix {@code AmazonMSK_}
     * @param description what it is for
     * @param username who logs in
     * @param members further members of the secret, such as {@code host}
     * @param generation raised to make a new password
     * @param kmsKeyArn the key it is encrypted with
     * @param recoveryDays how long a deleted secret can be brought back; 0 deletes at once
     */
    public record Args(
            String secretName,
            String description,
            String username,
            Map<String, Output<String>> members,
            int generation,
            Output<String> kmsKeyArn,
            int recoveryDays) {}

    private final Output<String> arn;
    private final Output<String> versionId;
    private final Output<String> password;

    public Credential(String name, Args args, ComponentResourceOptions options) {
        super("Credential", name, options);
        password = new RandomPassword(named("password"), 40, args.generation(), within()).result();
        Secret secret =
                new Secret(
                        named("secret"),
                        SecretArgs.builder()
                                .name(args.secretName())
                                .description(args.description())
                                .kmsKeyId(args.kmsKeyArn())
                                .recoveryWindowInDays(args.recoveryDays())
                                .build(),
                        within());
        SecretVersion version =
                new SecretVersion(
                        named("version"),
                        SecretVersionArgs.builder()
                                .secretId(secret.id())
                                .secretString(document(args))
                                .build(),
                        within());
        // Not the secret's own ARN but the version's: who waits for it finds a value in it.
        arn = version.arn();
        versionId = version.versionId();
        registerOutputs(Map.of("arn", arn, "versionId", versionId));
    }

    /** Returns the secret. */
    public Output<String> arn() {
        return arn;
    }

    /**
     * Changes with the password: what reads the password at its start is replaced when this
     * changes.
     */
    public Output<String> versionId() {
        return versionId;
    }

    /**
     * Returns a member of the secret, as ECS takes it: the version is named, so that a new one is a
     * new task.
     */
    public Output<String> reference(String member) {
        return Output.format("%s:%s::%s", arn, member, versionId);
    }

    /**
     * Returns the password, marked secret, for the one service that cannot be given a reference:
     * DMS to Kafka.
     */
    public Output<String> password() {
        return password;
    }

    private Output<String> document(Args args) {
        List<String> names = new ArrayList<>();
        List<Output<String>> values = new ArrayList<>();
        names.add("username");
        values.add(Output.of(args.username()));
        names.add("password");
        values.add(password);
        new TreeMap<>(args.members())
                .forEach(
                        (name, value) -> {
                            names.add(name);
                            values.add(value);
                        });
        return Output.all(values)
                .applyValue(
                        all -> {
                            Map<String, Object> json = Json.object();
                            for (int i = 0; i < all.size(); i++) {
                                json.put(names.get(i), all.get(i));
                            }
                            return Json.text(json);
                        })
                .asSecret();
    }
}
