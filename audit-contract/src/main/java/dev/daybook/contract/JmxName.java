package dev.daybook.contract;

import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/** The names under which the connectors give their figures to JMX. */
public final class JmxName {

    private JmxName() {}

    /** Returns the name of a source's figures: {@code dev.daybook:type=source,name="shop"}. */
    public static ObjectName ofSource(String source) {
        return parse("dev.daybook:type=source,name=" + ObjectName.quote(source));
    }

    /**
     * Returns the name of a sink task's figures: {@code
     * dev.daybook:type=sink,name="audit-log",task=0}.
     */
    public static ObjectName ofSink(String sink, int task) {
        return parse("dev.daybook:type=sink,name=" + ObjectName.quote(sink) + ",task=" + task);
    }

    private static ObjectName parse(String name) {
        try {
            return new ObjectName(name);
        } catch (MalformedObjectNameException e) {
            throw new IllegalStateException("A quoted name is well-formed: " + name, e);
        }
    }
}
