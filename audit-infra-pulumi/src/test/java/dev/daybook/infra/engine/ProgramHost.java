package dev.daybook.infra.engine;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.Empty;
import com.pulumi.deployment.internal.InlineDeploymentSettings;
import com.pulumi.internal.PulumiInternal;
import com.pulumi.resources.StackOptions;

import dev.daybook.infra.AuditStack;

import io.grpc.stub.StreamObserver;

import pulumirpc.Language.AboutRequest;
import pulumirpc.Language.AboutResponse;
import pulumirpc.Language.GetRequiredPackagesRequest;
import pulumirpc.Language.GetRequiredPackagesResponse;
import pulumirpc.Language.GetRequiredPluginsRequest;
import pulumirpc.Language.GetRequiredPluginsResponse;
import pulumirpc.Language.LanguageHandshakeRequest;
import pulumirpc.Language.LanguageHandshakeResponse;
import pulumirpc.Language.RunRequest;
import pulumirpc.Language.RunResponse;
import pulumirpc.LanguageRuntimeGrpc;
import pulumirpc.Plugin.PluginInfo;

import java.util.concurrent.TimeUnit;

/** The language host: runs the program in this process, for the engine that asks for it. */
final class ProgramHost extends LanguageRuntimeGrpc.LanguageRuntimeImplBase {

    private volatile String engine = "";

    @Override
    public void handshake(
            LanguageHandshakeRequest request, StreamObserver<LanguageHandshakeResponse> answer) {
        engine = request.getEngineAddress();
        send(answer, LanguageHandshakeResponse.getDefaultInstance());
    }

    @Override
    public void getPluginInfo(Empty request, StreamObserver<PluginInfo> answer) {
        send(answer, PluginInfo.newBuilder().setVersion("1.0.0").build());
    }

    @Override
    public void getRequiredPlugins(
            GetRequiredPluginsRequest request, StreamObserver<GetRequiredPluginsResponse> answer) {
        send(answer, GetRequiredPluginsResponse.getDefaultInstance());
    }

    @Override
    public void getRequiredPackages(
            GetRequiredPackagesRequest request,
            StreamObserver<GetRequiredPackagesResponse> answer) {
        send(answer, GetRequiredPackagesResponse.getDefaultInstance());
    }

    @Override
    public void about(AboutRequest request, StreamObserver<AboutResponse> answer) {
        send(answer, AboutResponse.newBuilder().setExecutable("java").build());
    }

    @Override
    public void run(RunRequest request, StreamObserver<RunResponse> answer) {
        InlineDeploymentSettings settings =
                InlineDeploymentSettings.builder()
                        .monitorAddr(request.getMonitorAddress())
                        .engineAddr(engine)
                        .project(request.getProject())
                        .stack(request.getStack())
                        .organization(request.getOrganization())
                        .isDryRun(request.getDryRun())
                        .config(ImmutableMap.copyOf(request.getConfigMap()))
                        .configSecretKeys(ImmutableSet.copyOf(request.getConfigSecretKeysList()))
                        .build();
        RunResponse.Builder response = RunResponse.newBuilder();
        try {
            int code =
                    PulumiInternal.fromInline(settings, StackOptions.Empty)
                            .runAsync(AuditStack::define)
                            .get(5, TimeUnit.MINUTES);
            // The SDK has told the engine why.
            response.setBail(code != 0);
        } catch (Exception e) {
            response.setError(e.toString());
        }
        send(answer, response.build());
    }

    private static <T> void send(StreamObserver<T> answer, T message) {
        answer.onNext(message);
        answer.onCompleted();
    }
}
