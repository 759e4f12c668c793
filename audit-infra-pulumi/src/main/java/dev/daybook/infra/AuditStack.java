package dev.daybook.infra;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.aws.Provider;
import com.pulumi.aws.ProviderArgs;
import com.pulumi.aws.inputs.ProviderDefaultTagsArgs;

import dev.daybook.infra.resource.Tags;
import dev.daybook.infra.settings.Settings;
import dev.daybook.infra.settings.SettingsReader;

import java.time.Clock;
import java.util.logging.LogManager;

/** The pipeline on AWS: Aurora, DMS, MSK, the ingest and the API on ECS, MSK Connect, alarms. */
public final class AuditStack {

    private AuditStack() {}

    /** Runs under {@code pulumi up}. */
    public static void main(String[] args) {
        // The SDK waits by asking again and again on the common pool. From Java 25 on that pool has
        // a
        // single thread where there are two processors, and the asking would keep it from
        // everything else.
        System.getProperties()
                .putIfAbsent("java.util.concurrent.ForkJoinPool.common.parallelism", "4");
        // What a failed run has written is shown with its error: the SDK's log says the same again,
        // and netty's use of Unsafe has the JVM warn in four lines.
        LogManager.getLogManager().reset();
        System.setProperty("io.grpc.netty.shaded.io.netty.noUnsafe", "true");
        Pulumi.run(AuditStack::define);
    }

    /**
     * Declares everything.
     *
     * @param context what Pulumi gives: configuration in, outputs out
     */
    public static void define(Context context) {
        define(context, Clock.systemUTC());
    }

    /**
     * Declares everything as of a time.
     *
     * @param context what Pulumi gives
     * @param clock to know whether an inspection is over
     */
    static void define(Context context, Clock clock) {
        Settings settings =
                SettingsReader.read(
                        context.projectName(),
                        context.stackName(),
                        context.config(),
                        context.config("aws"),
                        clock);
        Provider provider =
                new Provider(
                        "aws",
                        ProviderArgs.builder()
                                .region(settings.region())
                                .allowedAccountIds(settings.accountId())
                                .defaultTags(
                                        ProviderDefaultTagsArgs.builder()
                                                .tags(Tags.of(settings))
                                                .build())
                                .build());
        new Pipeline(settings, provider).declare(context);
    }
}
