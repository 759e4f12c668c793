package dev.daybook.infra.monitoring;

import com.pulumi.aws.budgets.Budget;
import com.pulumi.aws.budgets.BudgetArgs;
import com.pulumi.aws.budgets.inputs.BudgetCostFilterArgs;
import com.pulumi.aws.budgets.inputs.BudgetNotificationArgs;

import dev.daybook.infra.resource.Component;
import dev.daybook.infra.resource.Tags;
import dev.daybook.infra.settings.Settings;

import java.util.List;

/** Creates the budget of what the stack may cost in a month, summed by its tag. */
final class MonthlyBudget {

    private MonthlyBudget() {}

    static void declare(Component owner, String stack, Settings.Operations operations) {
        new Budget(
                owner.named("budget"),
                BudgetArgs.builder()
                        .name(owner.name())
                        .budgetType("COST")
                        .limitAmount(Integer.toString(operations.monthlyBudget()))
                        .limitUnit("USD")
                        .timeUnit("MONTHLY")
                        .costFilters(
                                BudgetCostFilterArgs.builder()
                                        .name("TagKeyValue")
                                        .values("user:" + Tags.STACK + "$" + stack)
                                        .build())
                        .notifications(
                                List.of(
                                        notification(operations, "ACTUAL", 80),
                                        notification(operations, "FORECASTED", 100)))
                        .build(),
                owner.within());
    }

    private static BudgetNotificationArgs notification(
            Settings.Operations operations, String type, double percent) {
        return BudgetNotificationArgs.builder()
                .comparisonOperator("GREATER_THAN")
                .notificationType(type)
                .threshold(percent)
                .thresholdType("PERCENTAGE")
                .subscriberEmailAddresses(operations.alarmEmail())
                .build();
    }
}
