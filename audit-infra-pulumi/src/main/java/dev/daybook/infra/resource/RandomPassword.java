package dev.daybook.infra.resource;

import com.pulumi.core.Output;
import com.pulumi.core.annotations.Export;
import com.pulumi.core.annotations.Import;
import com.pulumi.core.annotations.ResourceType;
import com.pulumi.resources.CustomResource;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.ResourceArgs;

import java.util.List;
import java.util.Map;

/**
 * A random password that stays the same until its generation is raised. It is the resource of that
 * name of Pulumi's random provider, declared here because the provider's Java SDK is not published
 * with the others; the engine loads the provider by the type's name and the version given here.
 */
@ResourceType(type = RandomPassword.TYPE)
public final class RandomPassword extends CustomResource {

    public static final String TYPE = "random:index/randomPassword:RandomPassword";
    static final String PROVIDER_VERSION = "4.18.3";

    @Export(
            name = "result",
            refs = {String.class},
            tree = "[0]")
    @SuppressWarnings("NullAway.Init") // set by the SDK once the engine has answered
    private Output<String> result;

    public RandomPassword(String name, int length, int generation, CustomResourceOptions options) {
        super(
                TYPE,
                name,
                new Args(length, generation),
                CustomResourceOptions.merge(
                        CustomResourceOptions.builder()
                                .version(PROVIDER_VERSION)
                                .additionalSecretOutputs(List.of("result", "bcryptHash"))
                                .build(),
                        options));
    }

    public Output<String> result() {
        return result.asSecret();
    }

    private static final class Args extends ResourceArgs {
        @Import(name = "length", required = true)
        private final Output<Integer> length;

        // Punctuation would need escaping in URLs, properties and SQL; 40 letters and digits are
        // 238 bits.
        @Import(name = "special")
        private final Output<Boolean> special = Output.of(false);

        @Import(name = "keepers")
        private final Output<Map<String, String>> keepers;

        Args(int length, int generation) {
            this.length = Output.of(length);
            this.keepers = Output.of(Map.of("generation", Integer.toString(generation)));
        }
    }
}
