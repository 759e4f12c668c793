package dev.daybook.infra.monitoring;

import com.pulumi.core.Output;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A figure of CloudWatch's.
 *
 * @param namespace whose it is
 * @param name what it is called there
 * @param dimensions which of them
 * @param statistic over each minute
 */
record Metric(
        String namespace, String name, Map<String, Output<String>> dimensions, String statistic) {

    /** Returns the dimensions, once they are known. */
    Output<Map<String, String>> resolved() {
        List<String> names = List.copyOf(dimensions.keySet());
        return Output.all(List.copyOf(dimensions.values()))
                .applyValue(
                        values -> {
                            Map<String, String> resolved = new LinkedHashMap<>();
                            for (int i = 0; i < names.size(); i++) {
                                resolved.put(names.get(i), values.get(i));
                            }
                            return resolved;
                        });
    }
}
