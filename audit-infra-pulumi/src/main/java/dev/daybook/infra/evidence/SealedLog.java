package dev.daybook.infra.evidence;

import com.pulumi.aws.s3.BucketLifecycleConfigurationV2;
import com.pulumi.aws.s3.BucketLifecycleConfigurationV2Args;
import com.pulumi.aws.s3.inputs.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs;
import com.pulumi.aws.s3.inputs.BucketLifecycleConfigurationV2RuleArgs;
import com.pulumi.aws.s3.inputs.BucketLifecycleConfigurationV2RuleExpirationArgs;
import com.pulumi.aws.s3.inputs.BucketLifecycleConfigurationV2RuleFilterArgs;
import com.pulumi.aws.s3.inputs.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;

import dev.daybook.infra.resource.Component;
import dev.daybook.infra.resource.Json;
import dev.daybook.infra.resource.PolicyDocument;
import dev.daybook.infra.resource.PrivateBucket;
import dev.daybook.infra.settings.Settings;

import java.util.List;
import java.util.Map;

/**
 * The bucket of the sealed log. It is apart from the audit database: whoever owns that cannot write
 * here, and a backup of it that is restored leaves this as it is. It keeps what the sealer
 * overwrites or removes for a while, and takes files from the sealer alone.
 */
public final class SealedLog extends Component {

    /** What names in the bucket begin with. */
    private static final String PREFIX = "log";

    /**
     * @param profile how careful to be
     * @param dataKeyArn of what is in it
     */
    public record Args(Settings.Profile profile, Output<String> dataKeyArn) {}

    private final PrivateBucket bucket;
    private final Output<String> dataKeyArn;

    public SealedLog(String name, Args args, ComponentResourceOptions options) {
        super("SealedLog", name, options);
        dataKeyArn = args.dataKeyArn();
        boolean keeps = args.profile().isProtected();
        bucket = PrivateBucket.of(this, "log", !keeps, dataKeyArn, holding(keeps));
        new BucketLifecycleConfigurationV2(
                named("log-lifecycle"),
                BucketLifecycleConfigurationV2Args.builder()
                        .bucket(bucket.bucket().id())
                        .rules(
                                BucketLifecycleConfigurationV2RuleArgs.builder()
                                        .id("forget-what-was-overwritten")
                                        .status("Enabled")
                                        .filter(
                                                BucketLifecycleConfigurationV2RuleFilterArgs
                                                        .builder()
                                                        .prefix("")
                                                        .build())
                                        .noncurrentVersionExpiration(
                                                BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs
                                                        .builder()
                                                        .noncurrentDays(args.profile().logDays())
                                                        .build())
                                        .expiration(
                                                BucketLifecycleConfigurationV2RuleExpirationArgs
                                                        .builder()
                                                        .expiredObjectDeleteMarker(true)
                                                        .build())
                                        .abortIncompleteMultipartUpload(
                                                BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs
                                                        .builder()
                                                        .daysAfterInitiation(1)
                                                        .build())
                                        .build())
                        .build(),
                after(List.<Resource>of(bucket.versions())));
        registerOutputs(Map.of("bucketArn", bucket.bucket().arn(), "url", url()));
    }

    /** Returns the log's place, as the sealer and the API take it. */
    public Output<String> url() {
        return Output.format("s3://%s/%s", bucket.bucket().id(), PREFIX);
    }

    /** Returns what may be done by who reads the log to make packs of it. */
    public List<PolicyDocument.Allow> readable() {
        return List.of(
                new PolicyDocument.Allow("ReadLog", List.of("s3:GetObject"), files()),
                // Without it S3 answers that what is not there is forbidden.
                new PolicyDocument.Allow(
                        "MissFiles", List.of("s3:ListBucket"), List.of(bucket.bucket().arn())),
                new PolicyDocument.Allow(
                        "DecryptLog", List.of("kms:Decrypt"), List.of(dataKeyArn)));
    }

    /**
     * Returns what may be done by who writes the log. What it removes, the bucket keeps for a
     * while: it may remove no version.
     */
    public List<PolicyDocument.Allow> writable() {
        return List.of(
                new PolicyDocument.Allow(
                        "WriteLog",
                        List.of("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
                        files()),
                new PolicyDocument.Allow(
                        "MissFiles", List.of("s3:ListBucket"), List.of(bucket.bucket().arn())),
                new PolicyDocument.Allow(
                        "EncryptLog",
                        List.of("kms:Decrypt", "kms:GenerateDataKey"),
                        List.of(dataKeyArn)));
    }

    private List<Output<String>> files() {
        return List.of(Output.format("%s/%s/*", bucket.bucket().arn(), PREFIX));
    }

    /**
     * Lets a role write, and nobody else: not the account's administrators either, unless they
     * change the bucket's policy first, which CloudTrail records.
     */
    public void writtenBy(Output<String> roleArn) {
        bucket.refuse(
                this,
                "log-policy",
                Output.tuple(bucket.bucket().arn(), roleArn)
                        .applyValue(
                                both ->
                                        List.of(
                                                Json.object(
                                                        "Sid",
                                                        "SealerOnly",
                                                        "Effect",
                                                        "Deny",
                                                        "Principal",
                                                        "*",
                                                        "Action",
                                                        "s3:PutObject",
                                                        "Resource",
                                                        both.t1 + "/*",
                                                        "Condition",
                                                        Json.object(
                                                                "StringNotEquals",
                                                                Json.object(
                                                                        "aws:PrincipalArn",
                                                                        both.t2))))));
    }
}
