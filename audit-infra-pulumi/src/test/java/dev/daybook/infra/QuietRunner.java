package dev.daybook.infra;

import com.pulumi.core.internal.ContextAwareCompletableFuture;
import com.pulumi.deployment.internal.Runner;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;

/**
 * Waits for a program's tasks one after the other. The SDK's own runner asks each of them again and
 * again whether it is done, and writes all of them into a text each time, which is most of what a
 * run of a few hundred resources costs.
 */
final class QuietRunner implements Runner {

    private final Queue<CompletableFuture<?>> tasks = new LinkedBlockingQueue<>();

    @Override
    public <T> void registerTask(String description, CompletableFuture<T> task) {
        tasks.add(task);
    }

    @Override
    public <T> CompletableFuture<Result<T>> runAsync(Supplier<T> callback) {
        CompletableFuture<T> program = ContextAwareCompletableFuture.supplyAsync(callback);
        CompletableFuture<Result<T>> result = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("program").start(() -> result.complete(ended(program)));
        return result;
    }

    private <T> Result<T> ended(CompletableFuture<T> program) {
        List<Exception> exceptions = new ArrayList<>();
        Optional<T> value = wait(program, exceptions);
        for (CompletableFuture<?> task = tasks.poll(); task != null; task = tasks.poll()) {
            wait(task, exceptions);
        }
        return new Ended<>(exceptions, value);
    }

    private static <T> Optional<T> wait(CompletableFuture<T> task, List<Exception> exceptions) {
        try {
            return Optional.ofNullable(task.join());
        } catch (CompletionException e) {
            exceptions.add(e.getCause() instanceof Exception cause ? cause : e);
            return Optional.empty();
        }
    }

    private static final class Ended<T> extends Result<T> {
        Ended(List<Exception> exceptions, Optional<T> value) {
            super(
                    exceptions.isEmpty()
                            ? ProcessExitedSuccessfully
                            : ProcessExitedAfterLoggingUserActionableMessage,
                    exceptions,
                    value);
        }
    }
}
