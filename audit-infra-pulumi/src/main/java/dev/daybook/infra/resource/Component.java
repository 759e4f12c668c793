package dev.daybook.infra.resource;

import com.pulumi.resources.ComponentResource;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.Resource;

import java.util.List;

/** A part of the pipeline: its resources bear its name and stand below it. */
public abstract class Component extends ComponentResource {

    private final String name;

    protected Component(String type, String name, ComponentResourceOptions options) {
        super("daybook:infra:" + type, name, options);
        this.name = name;
    }

    /** Returns the name of one of this part's resources. */
    public final String named(String word) {
        return name + "-" + word;
    }

    /** Returns the part's own name, which is also what its resources are called on AWS. */
    public final String name() {
        return name;
    }

    public final CustomResourceOptions within() {
        return CustomResourceOptions.builder().parent(this).build();
    }

    protected final CustomResourceOptions after(List<? extends Resource> others) {
        return CustomResourceOptions.builder().parent(this).dependsOn(List.copyOf(others)).build();
    }

    /** For what holds data: {@code protect} makes Pulumi refuse to delete it. */
    protected final CustomResourceOptions holding(boolean protect) {
        return CustomResourceOptions.builder().parent(this).protect(protect).build();
    }

    protected final ComponentResourceOptions below() {
        return ComponentResourceOptions.builder().parent(this).build();
    }
}
