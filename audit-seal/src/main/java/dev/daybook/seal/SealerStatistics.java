package dev.daybook.seal;

import org.jspecify.annotations.Nullable;

import java.lang.management.ManagementFactory;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;

import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** Gives a sealer's state to JMX. */
final class SealerStatistics implements SealerStatisticsMXBean, AutoCloseable {

    private final Supplier<SealerState> state;
    private final Clock clock;
    private final ObjectName name;

    SealerStatistics(String log, Supplier<SealerState> state, Clock clock) {
        this.state = state;
        this.clock = clock;
        try {
            name = new ObjectName("dev.daybook:type=sealer,name=" + ObjectName.quote(log));
            MBeanServer server = ManagementFactory.getPlatformMBeanServer();
            if (server.isRegistered(name)) {
                server.unregisterMBean(name);
            }
            server.registerMBean(this, name);
        } catch (JMException e) {
            throw new IllegalStateException("The sealer's figures cannot be registered.", e);
        }
    }

    @Override
    public long getLeaves() {
        return state.get().leaves();
    }

    @Override
    public long getSecondsSinceSealed() {
        return since(state.get().sealedAt());
    }

    @Override
    public long getSecondsSinceAnchored() {
        return since(state.get().anchoredAt());
    }

    @Override
    public long getSecondsSinceVerified() {
        SealerState.Verified verified = state.get().verified();
        return since(verified == null ? null : verified.at());
    }

    @Override
    public int getVerificationOutcome() {
        SealerState.Verified verified = state.get().verified();
        return verified == null ? -1 : verified.outcome().exitCode();
    }

    @Override
    public int getFailing() {
        return state.get().failure() == null ? 0 : 1;
    }

    private long since(@Nullable Instant moment) {
        return moment == null ? -1 : Duration.between(moment, clock.instant()).toSeconds();
    }

    @Override
    public void close() {
        try {
            MBeanServer server = ManagementFactory.getPlatformMBeanServer();
            if (server.isRegistered(name)) {
                server.unregisterMBean(name);
            }
        } catch (JMException e) {
            throw new IllegalStateException("The sealer's figures cannot be removed.", e);
        }
    }
}
