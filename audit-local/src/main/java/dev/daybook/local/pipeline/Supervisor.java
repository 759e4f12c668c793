package dev.daybook.local.pipeline;

import dev.daybook.local.Progress;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Watches a running pipeline: says what changes, writes the states for {@code daybook status},
 * restarts connector tasks that have failed, and pauses capture while the disk is nearly full.
 */
public final class Supervisor {

    private static final Logger log = LoggerFactory.getLogger(Supervisor.class);
    private static final Duration RETRY = Duration.ofSeconds(10);

    private final LocalPipeline pipeline;
    private final DataDirectory directory;
    private final Progress progress;
    private final Clock clock;
    private List<PartState> states = List.of();
    private Instant written = Instant.MIN;
    private Instant restarted = Instant.MIN;
    private boolean paused;

    public Supervisor(
            LocalPipeline pipeline, DataDirectory directory, Progress progress, Clock clock) {
        this.pipeline = pipeline;
        this.directory = directory;
        this.progress = progress;
        this.clock = clock;
    }

    /**
     * Looks once at everything.
     *
     * @return whether the pipeline can go on; false if Kafka has stopped for want of room, and the
     *     pipeline must be stopped
     */
    public boolean look() {
        DiskSpace space = DiskSpace.of(directory);
        if (pipeline.brokerHalted()) {
            progress.say(
                    "Kafka has stopped: it could not write, "
                            + (space.isLow()
                                    ? space.inWords()
                                    : "the reason is in " + directory.logs().resolve("daybook.log"))
                            + ". Nothing is lost.");
            return false;
        }
        mindTheDisk(space);
        pipeline.capture().snapshotNews().ifPresent(progress::say);
        List<PartState> now = since(pipeline.states());
        for (PartState state : now) {
            if (!state.works() && states.stream().noneMatch(state::sameAs)) {
                progress.say(state.part() + ": " + state.reason());
            } else if (state.works()
                    && states.stream().anyMatch(before -> failedBefore(before, state))) {
                progress.say(state.part() + ": works again");
            }
        }
        retryFailed(now);
        write(now);
        return true;
    }

    private static boolean failedBefore(PartState before, PartState now) {
        return before.part().equals(now.part()) && !before.works();
    }

    private void mindTheDisk(DiskSpace space) {
        if (!paused && space.isLow()) {
            paused = true;
            progress.say(
                    "Capture is paused: "
                            + space.inWords()
                            + ". Nothing is lost; it goes on when there is room.");
            pipeline.pauseCapture();
        } else if (paused && space.isEnough()) {
            paused = false;
            progress.say("Capture goes on: " + space.inWords());
            pipeline.resumeCapture();
        }
    }

    private List<PartState> since(List<PartState> fresh) {
        List<PartState> since = new ArrayList<>();
        for (PartState state : fresh) {
            since.add(
                    states.stream()
                            .filter(state::sameAs)
                            .findFirst()
                            .orElseGet(() -> state.since(clock.instant())));
        }
        return since;
    }

    private void retryFailed(List<PartState> now) {
        Instant moment = clock.instant();
        // A clock that was set back must not hold the next attempt off.
        boolean due =
                moment.isBefore(restarted)
                        || restarted.equals(Instant.MIN)
                        || Duration.between(restarted, moment).compareTo(RETRY) >= 0;
        if (due && now.stream().anyMatch(state -> !state.works())) {
            restarted = moment;
            pipeline.restartFailedTasks();
        }
    }

    private void write(List<PartState> now) {
        Instant moment = clock.instant();
        boolean due =
                !now.equals(states)
                        || written.equals(Instant.MIN)
                        || moment.isBefore(written)
                        || Duration.between(written, moment).compareTo(StateFile.BEAT) >= 0;
        states = now;
        if (due) {
            written = moment;
            try {
                StateFile.write(directory, now, moment);
            } catch (IOException e) {
                log.warn("Could not write the state of the parts", e);
            }
        }
    }
}
